/** One sentence for a failure: what was to be, and why it is not. */

import type { Mismatch } from '../../selection/index.js';
import { isLost } from '../../trace/loss.js';
import { deepestCause } from './cause.js';
import type { Failure } from './failure.js';
import type { LoggedMessage } from './message-log.js';
import { type NearMessage, nearestMessages } from './nearest.js';
import type { Mark, Stage } from './stage.js';

/** `subject: reason (clause)`. @param since when what failed began; undefined: no cause matters */
export function failureSentence(
  failure: Failure,
  stage: Stage,
  since: Mark | undefined,
  rule: string | undefined,
): string {
  const { text, clause } = reasonOf(failure, stage, since);
  const plain = text.replace(/[.:]?\s*$/, '');
  const source = [rule, clause === undefined || rule?.includes(clause) ? undefined : clause].filter(
    (part) => part !== undefined,
  );
  return `${failure.subject}${plain === '' ? '' : `: ${plain}`}${source.length === 0 ? '' : ` (${source.join('; ')})`}`;
}

interface Reason {
  readonly text: string;
  readonly clause: string | undefined;
}

function reasonOf(failure: Failure, stage: Stage, since: Mark | undefined): Reason {
  const { reason, clause, isPlain, wanted } = failure;
  if (isPlain === true) return { text: reason, clause };
  const near = wanted === undefined ? [] : nearestMessages(wanted, stage.observer.messages);
  const [nearest] = near;
  if (nearest?.isOfKind === true) return { text: differenceText(nearest, stage), clause: undefined };
  const cause = causeOf(stage, since?.cause);
  if (cause !== undefined) {
    const struck = strikeBefore(cause.time, stage, since!, isSilence(cause)) || cutBehind(cause, stage);
    return { text: `${struck}${cause.text}`, clause: cause.clause };
  }
  if (reason !== '' || wanted === undefined) {
    const struck = reason === '' || since === undefined ? '' : strikeBefore(stage.clock.now(), stage, since, false);
    return { text: `${struck}${reason}`, clause };
  }
  if (nearest !== undefined) return { text: insteadText(nearest, stage), clause: undefined };
  const count = stage.observer.messages.since(wanted.since).length;
  const text = count === 0 ? 'no message came at all' : `nothing like it among the ${count} messages that came`;
  return { text, clause: undefined };
}

export function causeOf({ observer, lab }: Stage, since: number | undefined): ReturnType<typeof deepestCause> {
  if (since === undefined) return undefined;
  return deepestCause(observer.causes.slice(since), (name) => lab.lab.nodes.find((node) => node.name === name)?.role);
}

type Logged = LoggedMessage['record'];

/** Somebody has waited for something in vain. */
function isSilence({ what }: { readonly what: string }): boolean {
  return /noAnswer|unreachable$|unanswered$/i.test(what);
}

/** What a node says is wrong may be what a fault or a dead link has made of a message: then that comes first. */
function strikeBefore(time: number, { observer }: Stage, since: Mark, isSilence: boolean): string {
  const records = observer.messages.since(since.message).map(({ record }) => record);
  const before = records.filter((record) => record.time <= time);
  const changed = before.find(({ fault }) => fault?.effect === 'changed' || fault?.effect === 'answered');
  if (changed !== undefined) {
    const { fault, fromNode, toNode, summary } = changed;
    const did =
      fault!.effect === 'changed' ? `changed ${summary} from ${fromNode}` : `answered as ${fromNode} (${summary})`;
    return `the fault '${fault!.name}' ${did} to ${toNode}; then: `;
  }
  const kept = isSilence ? before.find((record, index) => neverArrived(record, before.slice(index + 1))) : undefined;
  return kept === undefined ? '' : `${lossText(kept)}; then: `;
}

/** No capture shows a Diameter message that waits for its way, or that was never made as the connection has ended. */
function cutBehind(cause: { readonly node: string; readonly what: string }, { lab }: Stage): string {
  const node = lab.lab.nodes.find(({ name }) => name === cause.node);
  if (!isSilence(cause) || node === undefined || !('peers' in node)) return '';
  const behind = node.peers.find((peer) => lab.faults.isCut(node.name, peer));
  return behind === undefined ? '' : `the link between ${node.name} and ${behind} is cut; then: `;
}

/** It was lost, and so was each repetition. */
function neverArrived({ fault, fromNode, toNode, summary }: Logged, later: readonly Logged[]): boolean {
  const isSame = (record: Logged): boolean =>
    record.fromNode === fromNode && record.toNode === toNode && record.summary === summary;
  return isLost(fault?.effect) && !later.some((record) => isSame(record) && !isLost(record.fault?.effect));
}

function lossText({ fault, fromNode, toNode, summary }: Logged): string {
  const { name, effect } = fault!;
  if (effect === 'lost') return `the link from ${fromNode} to ${toNode} lost ${summary} each time (${name})`;
  return /^the link between .* is cut$/.test(name)
    ? name
    : `the fault '${name}' dropped ${summary} from ${fromNode} to ${toNode}`;
}

function differenceText({ message: { record }, mismatches }: NearMessage, { seconds }: Stage): string {
  const which = `${record.summary} at ${seconds(record.time)} s (message ${record.id})`;
  if (mismatches.length === 0) {
    const { fault } = record;
    return `${which} was it, and ${fault?.effect === 'lost' ? 'its link lost it' : `the fault '${fault?.name}' kept it from leaving`}`;
  }
  return `the nearest, ${which}, ${mismatches.map(mismatchText).join(' and ')}`;
}

function mismatchText({ what, actual }: Mismatch): string {
  if (what === 'from') return `came from ${actual}`;
  if (what === 'to') return `went to ${actual}`;
  return actual === undefined ? `had no ${what}` : `had ${what} ${shortened(actual)}`;
}

function insteadText({ message: { record } }: NearMessage, { seconds }: Stage): string {
  return `${record.summary} came instead, at ${seconds(record.time)} s (message ${record.id})`;
}

const VALUE_MAX = 100;

export function shortened(value: string): string {
  const line = value.replaceAll(/\s+/g, ' ');
  return line.length <= VALUE_MAX ? line : `${line.slice(0, VALUE_MAX - 1)}…`;
}
