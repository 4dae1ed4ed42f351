/** A failure told to somebody who did not write the scenario: a few labelled lines, the most telling first. */
import { SUPPORTING_MACHINES } from '../../trace/supporting-machines.js';
import type { StepPlace } from '../model.js';
import { arrivals, faultText } from './arrivals.js';
import type { Failure } from './failure.js';
import type { LoggedMessage } from './message-log.js';
import { type NearMessage, nearestMessages } from './nearest.js';
import { causeOf, shortened } from './sentence.js';
import type { Mark, Stage } from './stage.js';
import type { MachinePath } from './state-log.js';

const LABEL_WIDTH = 10;
const MET_MAX = 8;
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
      met.slice(0, MET_MAX).map((message) => messageText(message, stage)),
    ),
    ...labelled(
      'nearest',
      near.flatMap((message) => nearLines(message, stage)),
    ),
    ...labelled('messages', arrivals(since, nodes, met, stage)),
    ...labelled('states', paths(nodes, machine, step?.mark.state ?? 0, stage)),
    ...notes.flatMap(([label, text]) => labelled(label, [text])),
    ...labelled('cause', causes(step?.mark.cause, stage)),
    ...labelled(
      'down',
      stage.nodes.allDown().map(({ name, how, time }) => `${name}, ${how} at ${stage.seconds(time)} s`),
    ),
    ...faultLines(stage),
  ];
}

/** What the faults of the scenario did. */
export function faultLines({ faults }: Stage): readonly string[] {
  return labelled('faults', faults.texts());
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
export function messageText({ record, count }: LoggedMessage, { seconds }: Stage): string {
  const { summary, fromNode, toNode, time, id } = record;
  const packets = count === 1 ? '' : `, ${count} packets`;
  return `${summary} from ${fromNode} to ${toNode} at ${seconds(time)} s (message ${id}${packets})${faultText(record)}`;
}

/** Where the machines of the nodes were since then; the instances that moved last. */
function paths(nodes: readonly string[], machine: string | undefined, since: number, stage: Stage): readonly string[] {
  const all = nodes.flatMap((node) => stage.observer.states.of(node));
  const relevant = all.filter((path) => (machine === undefined ? isTelling(path) : path.machine === machine));
  const moved = relevant.filter(({ states }) => states.at(-1)!.position >= since);
  const shown = (moved.length === 0 ? relevant.slice(-1) : moved).slice(-PATHS_MAX);
  return shown.map((path) => {
    const isOnly = !shown.some((other) => other !== path && other.node === path.node && other.machine === path.machine);
    return pathText(path, isOnly ? '' : ` ${actorName(path)}`, since, stage);
  });
}

/** A session timer that has not expired says nothing. */
function isTelling({ machine, states }: MachinePath): boolean {
  if (machine === 'sessionTimer') return states.at(-1)!.state === 'expired';
  return !SUPPORTING_MACHINES.has(machine);
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
