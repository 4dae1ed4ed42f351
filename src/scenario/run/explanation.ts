/** A failure told to somebody who did not write the scenario: a few labelled lines, the most telling first. */
import { SUPPORTING_MACHINES } from '../../trace/supporting-machines.js';
import type { StepPlace } from '../model.js';
import { times } from './describe-step.js';
import type { Failure } from './failure.js';
import type { LoggedMessage } from './message-log.js';
import { type NearMessage, nearestMessages } from './nearest.js';
import { causeOf, shortened } from './sentence.js';
import type { Mark, Stage } from './stage.js';
import type { MachinePath } from './state-log.js';
import type { FaultResult } from './verdict.js';

const LABEL_WIDTH = 10;
/** Messages listed from the beginning and from the end of the time; what lies between is counted. */
const FIRST_MAX = 4;
const LAST_MAX = 8;
const PATHS_MAX = 4;
const STATES_MAX = 8;
const CAUSES_MAX = 3;

export interface FailedStep {
  /** `3 of 5` */
  readonly number: string;
  readonly description: string;
  readonly place: StepPlace;
  readonly mark: Mark;
}

/** Lines of at most about 160 characters; what follows a label is indented by ten. */
export function explain(
  failure: Failure,
  step: FailedStep | undefined,
  stage: Stage,
  rule: string | undefined,
): readonly string[] {
  const { expected = [], wanted, met = [], notes = [], nodes = [], machine } = failure;
  const near = wanted === undefined ? [] : nearestMessages(wanted, stage.observer.messages);
  const since = wanted?.since ?? step?.mark.message ?? stage.start.message;
  return [
    ...(step === undefined ? [] : labelled('step', [`${step.number}: ${step.description}`, step.place.where])),
    ...labelled('expected', expected),
    ...labelled('rule', rule === undefined ? [] : [rule]),
    ...labelled(
      'it came',
      met.slice(0, LAST_MAX).map((message) => messageText(message, stage)),
    ),
    ...labelled(
      'nearest',
      near.flatMap((message) => nearLines(message, stage)),
    ),
    ...labelled('messages', arrivals(since, nodes, stage)),
    ...labelled('states', paths(nodes, machine, step?.mark.state ?? 0, stage)),
    ...notes.flatMap(([label, text]) => labelled(label, [text])),
    ...labelled('cause', causes(step?.mark.cause, stage)),
    ...labelled(
      'down',
      stage.nodes.allDown().map(({ name, how, time }) => `${name}, ${how} at ${stage.seconds(time)} s`),
    ),
    ...labelled('faults', stage.faults.results().map(faultLine)),
  ];
}

function faultLine({ name, struck }: FaultResult): string {
  return `${name}: ${struck === 0 ? 'never struck' : `struck ${times(struck)}`}`;
}

export function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

/** The message, and what it has where something else was expected. */
function nearLines(near: NearMessage, stage: Stage): readonly string[] {
  const { message, mismatches, othersCount } = near;
  const head = messageText(message, stage) + (othersCount === 0 ? '' : `, and ${othersCount} like it before`);
  const width = Math.max(0, ...mismatches.map(({ what }) => what.length));
  return [
    head,
    ...mismatches.flatMap(({ what, expected, actual }) => [
      `  ✗ ${what.padEnd(width)}  expected  ${shortened(expected)}`,
      `    ${' '.repeat(width)}  but was   ${actual === undefined ? '(absent)' : shortened(actual)}`,
    ]),
  ];
}

/** `200 OK (REGISTER) from pcscf1 to ue1 at 0.231 s (message 14)` */
function messageText({ record, count }: LoggedMessage, { seconds }: Stage): string {
  const { summary, fromNode, toNode, time, id } = record;
  const packets = count === 1 ? '' : `, ${count} packets`;
  return `${summary} from ${fromNode} to ${toNode} at ${seconds(time)} s (message ${id}${packets})${faultText(record)}`;
}

function faultText({ fault }: LoggedMessage['record']): string {
  return fault === undefined ? '' : `, ${fault.effect} by the fault '${fault.name}'`;
}

/** One or more messages in a row that look the same. */
interface Arrival {
  readonly first: LoggedMessage;
  last: LoggedMessage;
  count: number;
}

/** What came in that time, of and to the nodes concerned where there is such a thing. */
function arrivals(since: number, nodes: readonly string[], stage: Stage): readonly string[] {
  const { messages } = stage.observer;
  const all = messages.since(since);
  if (all.length === 0) return ['none came in that time'];
  const shown = concerned(all, nodes);
  const rows = inRows(shown);
  const width = Math.max(...rows.map(({ first: { record } }) => `${record.fromNode} → ${record.toNode}`.length));
  const lines = rows.map((arrival) => arrivalText(arrival, width, stage));
  const hidden = rows.slice(FIRST_MAX, -LAST_MAX).reduce((sum, { count }) => sum + count, 0);
  const rest = all.length - shown.length;
  return [
    ...(messages.reaches(since) ? [] : ['(the oldest are no longer kept)']),
    ...(hidden === 0 ? lines : [...lines.slice(0, FIRST_MAX), `  … ${hidden} more …`, ...lines.slice(-LAST_MAX)]),
    ...(rest === 0 ? [] : [`  and ${rest} between other nodes`]),
  ];
}

/** Of and to the nodes; of more than fit, those between them. What a fault met is always shown. */
function concerned(all: readonly LoggedMessage[], nodes: readonly string[]): readonly LoggedMessage[] {
  const touching = all.filter(
    ({ record: { fromNode, toNode, fault } }) =>
      fault !== undefined || nodes.includes(fromNode) || nodes.includes(toNode),
  );
  if (touching.length === 0) return all;
  if (touching.length <= FIRST_MAX + LAST_MAX) return touching;
  const between = touching.filter(
    ({ record: { fromNode, toNode, fault } }) =>
      fault !== undefined || (nodes.includes(fromNode) && nodes.includes(toNode)),
  );
  return between.length === 0 ? touching : between;
}

function inRows(messages: readonly LoggedMessage[]): readonly Arrival[] {
  const rows: Arrival[] = [];
  for (const message of messages) {
    const last = rows.at(-1);
    if (last !== undefined && isAlike(last.last.record, message.record)) {
      last.last = message;
      last.count += message.count;
    } else rows.push({ first: message, last: message, count: message.count });
  }
  return rows;
}

function isAlike(a: LoggedMessage['record'], b: LoggedMessage['record']): boolean {
  return (
    a.fromNode === b.fromNode && a.toNode === b.toNode && a.summary === b.summary && a.fault?.name === b.fault?.name
  );
}

function arrivalText({ first: { record }, last, count }: Arrival, width: number, { seconds }: Stage): string {
  const between = `${record.fromNode} → ${record.toNode}`.padEnd(width);
  const until =
    count === 1 ? '' : ` (${times(count)}${last.record === record ? '' : `, until ${seconds(last.record.time)}`})`;
  return `${seconds(record.time).padStart(8)}  ${between}  ${shortened(record.summary)}${until}${faultText(record)}`;
}

/** Where the machines of the nodes were since then; the instances that moved last. */
function paths(nodes: readonly string[], machine: string | undefined, since: number, stage: Stage): readonly string[] {
  const all = nodes.flatMap((node) => stage.observer.states.of(node));
  const relevant = all.filter((path) =>
    machine === undefined ? !SUPPORTING_MACHINES.has(path.machine) : path.machine === machine,
  );
  const moved = relevant.filter(({ states }) => states.at(-1)!.position >= since);
  const shown = (moved.length === 0 ? relevant.slice(-1) : moved).slice(-PATHS_MAX);
  return shown.map((path) => {
    const isOnly = !shown.some((other) => other !== path && other.node === path.node && other.machine === path.machine);
    return pathText(path, isOnly ? '' : ` ${actorName(path)}`, since, stage);
  });
}

/** `registration:001…@ims…` of machine `registration` without its beginning. */
function actorName({ actor, machine }: MachinePath): string {
  return shortened(actor.startsWith(`${machine}:`) ? actor.slice(machine.length + 1) : actor);
}

/** From the state in which the time found it. */
function pathText({ node, machine, states }: MachinePath, actor: string, since: number, { seconds }: Stage): string {
  const before = states.findLastIndex(({ position }) => position < since);
  const entries = states.slice(Math.max(0, before));
  const text = entries.slice(-STATES_MAX).map(({ time, state }) => `${seconds(time)} ${state}`);
  return `${node} ${machine}${actor}: ${entries.length > STATES_MAX ? '… → ' : ''}${text.join(' → ')}`;
}

/** The deepest first. */
function causes(since: number | undefined, stage: Stage): readonly string[] {
  const deepest = causeOf(stage, since);
  if (deepest === undefined) return [];
  const others = stage.observer.causes.slice(since).filter((cause) => cause !== deepest);
  return [deepest, ...others.slice(0, CAUSES_MAX - 1)].map(({ node, time, text, clause }) => {
    const source = clause === undefined ? '' : ` (${clause})`;
    const plain = text.startsWith(`${node}: `) ? text.slice(node.length + 2) : text;
    return `${node} at ${stage.seconds(time)} s: ${plain}${source}`;
  });
}
