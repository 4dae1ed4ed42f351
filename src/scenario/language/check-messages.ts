/** Messages that steps and faults speak of: patterns can be meant, fields exist, and a link could carry them. */
import { type Fault, type FaultAction, type FieldChanges, checkFault as faultProblem } from '../../faults/index.js';
import {
  checkMatcher,
  compilePattern,
  type Matcher,
  type MessagePattern,
  PatternError,
  parseFieldPath,
  parseMessageWord,
  suggest,
} from '../../selection/index.js';
import type { LabNode } from '../../topology/lab.js';
import { readHost } from '../../topology/numeric-address.js';
import type { KeyPath } from '../../topology/source.js';
import type { Step, StepPlace } from '../model.js';
import type { CheckContext } from './check-context.js';

type Protocol = ReturnType<typeof parseMessageWord>['protocol'];

export function checkMessages(step: Step, context: CheckContext): void {
  const { place } = step;
  if ('do' in step) {
    if (step.do === 'fault') checkFault(step.fault, place, context);
    return;
  }
  switch (step.expect) {
    case 'message': {
      const protocol = checkPattern(step.pattern, place, [], 'message', context);
      for (const [path, name] of Object.entries(step.capture)) {
        attempt(place, ['capture', name], context, () => parseFieldPath(path, fieldProtocol(protocol)));
      }
      if (step.count?.max === 0 && Object.keys(step.capture).length > 0) {
        const what = 'captures from a message that must not come';
        context.report(place, { at: ['capture'], what, mend: 'remove it', isKey: true });
      }
      return;
    }
    case 'order':
      for (const [index, pattern] of step.patterns.entries()) {
        checkPattern(pattern, place, ['messages', index], 'message', context);
      }
      return;
    case 'cause':
      attempt(place, ['says'], context, () => checkMatcher(settled(step.says)));
      return;
    default:
  }
}

/** @param key where the pattern's message stands: in faults at the word that says what happens */
function checkPattern(
  pattern: MessagePattern,
  place: StepPlace,
  at: KeyPath,
  key: string,
  context: CheckContext,
): Protocol | undefined {
  const { message, from, to } = pattern;
  if (message === undefined && pattern.with === undefined && from === undefined && to === undefined) {
    context.report(place, { at, what: 'any message would do', mend: 'add message: 200 REGISTER, from:, to: or with:' });
  }
  if (message?.includes('${')) {
    const mend = 'write what message it is; captured values can stand in with:';
    context.report(place, { at: [...at, key], what: `'${message}' cannot hold a captured value`, mend });
    return undefined;
  }
  const compiled = attempt(
    place,
    at,
    context,
    () => compilePattern({ ...pattern, with: settledAll(pattern.with) }),
    key,
  );
  const known = [checkEnds(place, from, [...at, 'from'], context), checkEnds(place, to, [...at, 'to'], context)];
  if (!compiled) return undefined;
  const protocol = message === undefined ? undefined : parseMessageWord(message).protocol;
  if (known.every(Boolean)) checkLink(pattern, protocol, place, at, context);
  return protocol;
}

/** Runs `work`; false when it throws a PatternError, which is reported below `at`. */
function attempt(
  place: StepPlace,
  at: KeyPath,
  { report }: CheckContext,
  work: () => void,
  messageKey?: string,
): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const { key, what, mend } = error;
    const below = key[0] === 'message' && messageKey !== undefined ? [messageKey] : key;
    report(place, { at: [...at, ...below], what, mend, isKey: key[0] === 'with' });
    return false;
  }
}

/** Captured values are not known yet: a plain word stands for them. */
function settled(matcher: Matcher): Matcher {
  if (typeof matcher === 'string') return matcher.replaceAll(/\$\{[^}]*\}/g, '0');
  if (typeof matcher !== 'object') return matcher;
  if ('not' in matcher) return { not: settled(matcher.not) };
  if ('one-of' in matcher) return { 'one-of': matcher['one-of'].map(settled) };
  return matcher;
}

function settledAll(fields: MessagePattern['with']): MessagePattern['with'] {
  return fields && Object.fromEntries(Object.entries(fields).map(([path, matcher]) => [path, settled(matcher)]));
}

/** Names of nodes, or addresses of what the topology does not have. */
function checkEnds(
  place: StepPlace,
  names: readonly string[] | undefined,
  at: KeyPath,
  context: CheckContext,
): boolean {
  return (names ?? []).every((name) => readHost(name) !== undefined || context.requireNode(place, name, at));
}

const TITLES: Readonly<Record<Protocol, string>> = {
  sip: 'SIP',
  diameter: 'Diameter',
  rtp: 'RTP',
  rtcp: 'RTCP',
  other: 'messages',
};

/** A message between two nodes that never speak to one another is a slip: it can neither come nor be broken. */
function checkLink(
  { from, to }: MessagePattern,
  protocol: Protocol | undefined,
  place: StepPlace,
  at: KeyPath,
  context: CheckContext,
): void {
  const [ends, others] = from === undefined ? [to, undefined] : [from, to];
  if (ends === undefined) return;
  const candidates = others ?? context.namesOf(() => true);
  if (ends.some((end) => candidates.some((other) => canExchange(end, other, protocol, context)))) return;
  const what = protocol === undefined ? 'messages' : TITLES[protocol];
  const [one] = ends;
  const canWith = (name: string) => context.namesOf((other) => canExchange(name, other.name, protocol, context));
  const partners = canWith(one!);
  const key = from === undefined || others !== undefined ? 'to' : 'from';
  const pair = others === undefined ? '' : ` and ${others.join(', ')}`;
  context.report(place, {
    at: [...at, partners.length === 0 && from !== undefined ? 'from' : key],
    what:
      partners.length === 0 ? `${one} never sends or gets ${what}` : `${ends.join(', ')}${pair} never exchange ${what}`,
    mend:
      partners.length === 0
        ? suggest(
            one!,
            context.namesOf(({ name }) => canWith(name).length > 0),
          )
        : `${one} exchanges ${what} with ${partners.join(', ')}`,
  });
}

function canExchange(one: string, other: string, protocol: Protocol | undefined, context: CheckContext): boolean {
  if (context.injected.has(`${one} ${other}`)) return true;
  const [a, b] = [context.node(one), context.node(other)];
  if (a === undefined || b === undefined) return true;
  const protocols = protocol === undefined ? (['sip', 'diameter', 'rtp'] as const) : [protocol];
  return a !== b && protocols.some((each) => LINKS[each](a, b) || LINKS[each](b, a));
}

const withoutSip: ReadonlySet<string> = new Set(['hss', 'dra', 'slf']);
const withoutDiameter: ReadonlySet<string> = new Set(['ue', 'p-cscf', 'as']);

/** Whether the first may exchange messages with the second; asked both ways round. */
const LINKS: Readonly<Record<Protocol, (a: LabNode, b: LabNode) => boolean>> = {
  sip: (a, b) => {
    if (withoutSip.has(a.role) || withoutSip.has(b.role) || b.role === 'ue') return false;
    if (a.role !== 'ue') return true;
    return b.role === 'p-cscf' && (a.external || a.proxies.includes(b.name));
  },
  diameter: (a, b) => {
    if (a.external) return !withoutDiameter.has(a.role) && !withoutDiameter.has(b.role);
    // An agent may redirect to any of them.
    return 'peers' in a && (a.peers.includes(b.name) || withoutSip.has(b.role));
  },
  rtp: (a, b) => a.role === 'ue' && b.role === 'ue',
  rtcp: (a, b) => a.role === 'ue' && b.role === 'ue',
  other: () => true,
};

function fieldProtocol(protocol: Protocol | undefined): 'sip' | 'diameter' | undefined {
  return protocol === 'sip' || protocol === 'diameter' ? protocol : undefined;
}

export function checkFault(fault: Fault, place: StepPlace, context: CheckContext): void {
  const { pattern, action, nth } = fault;
  const protocol = checkPattern(pattern, place, [], action.do, context);
  if (nth !== 'every' && new Set(nth).size < nth.length) {
    context.report(place, { at: ['nth'], what: 'names a message twice', mend: 'name each once' });
  }
  if (protocol === undefined) return;
  if (action.do === 'answer' && !checkAnswer(action, pattern.message!, protocol, place, context)) return;
  const changes = changesOf(action);
  const captured = Object.keys(changes ?? {}).filter((path) => isCaptured(changes![path]));
  for (const path of captured) {
    attempt(place, [changesKey(action), path], context, () => parseFieldPath(path, fieldProtocol(protocol)));
  }
  if (action.do === 'change' && captured.length === Object.keys(action.set).length && captured.length > 0) return;
  const problem = faultProblem(withoutCaptured(fault));
  if (problem === undefined) return;
  const { key, what, mend } = problem;
  context.report(place, { at: key[0] === 'message' ? [action.do] : key, what, mend });
}

function changesOf(action: FaultAction): FieldChanges | undefined {
  if (action.do === 'change') return action.set;
  return action.do === 'answer' ? action.headers : undefined;
}

function changesKey(action: FaultAction): string {
  return action.do === 'change' ? 'set' : 'headers';
}

function isCaptured(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

/** What is captured later is looked at when the fault is planted. */
function withoutCaptured({ pattern, action, ...fault }: Fault): Fault {
  const settledPattern = { ...pattern, with: settledAll(pattern.with) };
  if (action.do === 'change') {
    return { ...fault, pattern: settledPattern, action: { ...action, set: knownOf(action.set) } };
  }
  if (action.do !== 'answer') return { ...fault, pattern: settledPattern, action };
  return {
    ...fault,
    pattern: settledPattern,
    action: { ...action, headers: action.headers && knownOf(action.headers) },
  };
}

function knownOf<TValue>(changes: Readonly<Record<string, TValue>>): Readonly<Record<string, TValue>> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => !isCaptured(value)));
}

type AnswerAction = Extract<FaultAction, { do: 'answer' }>;

/** Requests are answered, SIP with a status, Diameter with a result code. False: it has been told what is wrong. */
function checkAnswer(
  action: AnswerAction,
  message: string,
  protocol: Protocol,
  place: StepPlace,
  { report }: CheckContext,
): boolean {
  const isRequest =
    !/^(SIP )?ACK$/.test(message) &&
    !/(^|\s)[1-6][\dx]{2}(\s|$)/i.test(message) &&
    !/^(Diameter )?[A-Z]{2}A\b/.test(message);
  if (fieldProtocol(protocol) === undefined || !isRequest) {
    report(place, { at: ['answer'], what: `nobody answers ${message}`, mend: 'name a request, such as INVITE or UAR' });
    return false;
  }
  const [right, wrong] = protocol === 'sip' ? (['status', 'result'] as const) : (['result', 'status'] as const);
  const example = protocol === 'sip' ? 'status: 503' : 'result: 5012';
  if (action[right] === undefined) {
    report(place, { at: ['answer'], what: `does not say with what ${message} is answered`, mend: `add ${example}` });
  }
  const needless = protocol === 'sip' ? [wrong] : ([wrong, 'reason', 'headers'] as const);
  const given = needless.filter((key) => action[key] !== undefined);
  for (const key of given) {
    const what = `no answer to ${message} has a ${key}`;
    report(place, { at: [key], what, mend: `remove it; write ${example}`, isKey: true });
  }
  return action[right] !== undefined && given.length === 0;
}
