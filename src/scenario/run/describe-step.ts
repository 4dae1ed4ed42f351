/** Steps in words, as they stand in ladders, progress and verdicts. */
import { compilePattern, describeMatcher, type MessagePattern, PatternError } from '../../selection/index.js';
import type {
  ActionStep,
  CallControlStep,
  ChangeProfileStep,
  DataResult,
  ExpectMessageStep,
  ExpectNodeStep,
  ExpectStep,
  LinkStep,
  RegistrationStep,
  Step,
  UpdateDataStep,
} from '../model.js';
import { durationText } from './duration.js';

/** Names listed; of more only the count is told. */
const NAMES_MAX = 6;

/** One line without an end: `register ue1, ue2`. */
export function describeStep(step: Step): string {
  return 'do' in step ? describeAction(step) : `expect ${describeExpectation(step)}`;
}

function describePattern(pattern: MessagePattern): string {
  try {
    return compilePattern(pattern).describe();
  } catch (error) {
    if (error instanceof PatternError) return pattern.message ?? 'a message';
    throw error;
  }
}

/** `once`, `3 times`, `at least twice`, `2 to 4 times`; empty for at least once. */
export function describeCount(count: ExpectMessageStep['count']): string {
  if (count === undefined) return '';
  const { min, max } = count;
  if (min === max) return times(min);
  if (!Number.isFinite(max)) return min === 1 ? '' : `at least ${times(min)}`;
  return min === 0 ? `at most ${times(max)}` : `${min} to ${times(max)}`;
}

export function times(count: number): string {
  if (count === 0) return 'never';
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : `${count} times`;
}

const REGISTRATION_VERBS: Readonly<Record<RegistrationStep['do'], string>> = {
  register: 'register',
  reregister: 're-register',
  deregister: 'de-register',
};

const CONTROL_VERBS: Readonly<Record<CallControlStep['do'], string>> = {
  answer: 'answer',
  reject: 'reject',
  cancel: 'cancel',
  'hang-up': 'hang up',
  hold: 'hold',
  resume: 'resume',
};

function describeAction(step: ActionStep): string {
  switch (step.do) {
    case 'register':
    case 'reregister':
    case 'deregister': {
      const expires = step.expires === undefined ? '' : ` for ${step.expires} s`;
      return `${REGISTRATION_VERBS[step.do]} ${names(step.ue)}${expires}${step.atOnce && step.ue.length > 1 ? ' at once' : ''}`;
    }
    case 'call':
      return `${step.from} calls ${step.to}`;
    case 'answer':
    case 'reject':
    case 'cancel':
    case 'hang-up':
    case 'hold':
    case 'resume': {
      const status = step.status === undefined ? '' : ` with ${step.status}`;
      return `${step.ue === undefined ? '' : `${step.ue}: `}${CONTROL_VERBS[step.do]} ${step.as}${status}`;
    }
    case 'message':
      return `${step.from} sends a message to ${step.to}`;
    case 'originate':
      return `${step.node} sends a message for ${step.servedUser} to ${step.to}`;
    case 'power-off':
    case 'power-on':
      return `power ${step.do.slice('power-'.length)} ${names(step.ue)}`;
    case 'lose-coverage':
      return `${names(step.ue)} without coverage`;
    case 'regain-coverage':
      return `${names(step.ue)} with coverage again`;
    case 'stop':
    case 'start':
    case 'restart':
    case 'crash':
      return `${step.do} ${step.node}`;
    case 'set':
      return `set ${step.node}.${step.key} to ${typeof step.value === 'string' ? step.value : JSON.stringify(step.value)}`;
    case 'network-deregister':
      return `${step.node} de-registers ${step.ue} (${step.comeBack === undefined ? step.reason : returnText(step.comeBack)})`;
    case 'reauthenticate':
      return `${step.node} has ${step.ue} authenticate again within ${durationText(step.withinMs)}`;
    case 'change-profile':
      return `${step.node} changes the profile of ${step.ue}: ${describeChange(step)}`;
    case 'read-data':
      return `${step.node} reads ${names(step.data)} of ${step.of}${describeResult(step.result)}`;
    case 'subscribe-data':
      return `${step.node} subscribes to ${names(step.data)} of ${step.of}${describeResult(step.result)}`;
    case 'unsubscribe-data':
      return `${step.node} unsubscribes from ${names(step.data)} of ${step.of}${describeResult(step.result)}`;
    case 'update-data':
      return `${step.node} ${describeUpdate(step)} of ${step.of}${describeResult(step.result)}`;
    case 'inject':
      return `inject ${firstLine(step.message)} from ${step.from} to ${step.to} over ${step.protocol.toUpperCase()}`;
    case 'fault':
      return `fault ${step.fault.name}`;
    case 'clear-fault':
      return step.fault === undefined ? 'clear all faults' : `clear fault ${step.fault}`;
    case 'cut':
    case 'heal':
      return `${step.do} ${describeEnds(step.between)}`;
    case 'link':
      return `link ${step.between.join(' – ')}: ${describeLink(step)}`;
    case 'step-clock':
      return `set the clock of ${step.node} ahead by ${durationText(step.byMs)}`;
    case 'wait':
      return `wait ${durationText(step.forMs)}`;
    case 'parallel':
      return `in parallel: ${step.branches.map((branch) => branch.map(describeStep).join(', ')).join(' | ')}`;
  }
}

function describeExpectation(step: ExpectStep): string {
  const status = 'status' in step && step.status !== undefined ? ` with ${step.status}` : '';
  switch (step.expect) {
    case 'message': {
      const pattern = describePattern(step.pattern);
      if (step.count?.max === 0) return `no ${pattern}`;
      const count = describeCount(step.count);
      return count === '' ? pattern : `${pattern}, ${count}`;
    }
    case 'order':
      return `in this order: ${step.patterns.map(describePattern).join(', then ')}`;
    case 'state':
      return `${step.machine} of ${step.node} is ${step.is}`;
    case 'call':
      return `call ${step.as} is ${step.is}${status}`;
    case 'registration':
      return `registration of ${names(step.ue)} is ${step.is}${status}`;
    case 'media':
      return `media of ${step.as} ${step.is}`;
    case 'node':
      return `${step.node} keeps ${describeCounts(step.counts)}`;
    case 'cause':
      return `cause ${describeMatcher(step.says)}${step.node === undefined ? '' : ` at ${step.node}`}`;
  }
}

function describeUpdate({ service, content, dsaiTags, active }: UpdateDataStep): string {
  if (service === undefined) {
    const what = dsaiTags.length === 0 ? 'the PSI' : dsaiTags.join(' and ');
    return `switches ${what} ${active === false ? 'off' : 'on'},`;
  }
  return `${content === undefined ? 'removes' : 'writes'} ${service}`;
}

/** What is expected otherwise. */
function describeResult(result: DataResult): string {
  return result === 2001 ? '' : ` (${result})`;
}

function returnText(comeBack: boolean): string {
  return comeBack ? 'it may come back' : 'not to come back';
}

/** `bar tel:+15550100001; services mmtel`. */
function describeChange({ bar, unbar, services }: ChangeProfileStep): string {
  const parts = [
    bar.length === 0 ? [] : [`bar ${names(bar)}`],
    unbar.length === 0 ? [] : [`unbar ${names(unbar)}`],
    services === undefined ? [] : [services.length === 0 ? 'no services' : `services ${names(services)}`],
  ];
  return parts.flat().join('; ');
}

/** `0 registrations, at least 2 sessions`. */
export function describeCounts(counts: ExpectNodeStep['counts']): string {
  const texts = Object.entries(counts).map(([what, { min, max }]) => `${describeRange(min, max)} ${what}`);
  return texts.join(', ');
}

function describeRange(min: number, max: number): string {
  if (min === max) return String(min);
  if (!Number.isFinite(max)) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

function names(list: readonly string[]): string {
  if (list.length <= NAMES_MAX) return list.join(', ');
  return `${list[0]} to ${list.at(-1)} (${list.length} UEs)`;
}

/** `ue1 – pcscf1`, `all links of ue1`. */
export function describeEnds([one, other]: readonly [readonly string[], readonly string[]]): string {
  return other.length === 0 ? `all links of ${names(one)}` : `${names(one)} – ${names(other)}`;
}

function describeLink(step: LinkStep): string {
  const { delayMs, jitterMs, loss, duplication, reordering, rateBitsPerSecond } = step;
  const parts = [
    delayMs === undefined ? [] : [`delay ${durationText(delayMs)}`],
    jitterMs === undefined ? [] : [`jitter ${durationText(jitterMs)}`],
    loss === undefined ? [] : [`loss ${percent(loss)}`],
    duplication === undefined ? [] : [`duplication ${percent(duplication)}`],
    reordering === undefined ? [] : [`reordering ${percent(reordering)}`],
    rateBitsPerSecond === undefined ? [] : [`rate ${rateBitsPerSecond / 1000} kbit/s`],
  ].flat();
  return parts.length === 0 ? 'unchanged' : parts.join(', ');
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(3))} %`;
}

function firstLine(message: string | Buffer): string {
  if (Buffer.isBuffer(message)) return `${message.length} octets`;
  const end = message.search(/\r|\n/);
  return end < 0 ? message : message.slice(0, end);
}
