/** The messages of a time, as rows for an explanation: those of the nodes concerned, media as one row a direction. */
import { times } from './describe-step.js';
import type { LoggedMessage } from './message-log.js';
import { shortened } from './sentence.js';
import type { Stage } from './stage.js';

/** Rows shown from the beginning and from the end; what lies between is counted, but for what has to be seen. */
const FIRST_MAX = 4;
const LAST_MAX = 8;
/** Rows between those that have to be seen: what a fault met, and what the failure is about. */
const MARKED_MAX = 8;

type Logged = LoggedMessage['record'];

/** Messages that look the same and follow each other; of media all of a direction. */
interface Arrival {
  readonly first: LoggedMessage;
  last: LoggedMessage;
  count: number;
  /** Packets of RTCP beside those of RTP. */
  controlCount: number;
  isMarked: boolean;
}

/** What came in that time, of and to the nodes concerned where there is such a thing. @param met those that the failure is about */
export function arrivals(
  since: number,
  nodes: readonly string[],
  met: readonly LoggedMessage[],
  stage: Stage,
): readonly string[] {
  const { messages } = stage.observer;
  const all = messages.since(since);
  if (all.length === 0) return ['none came in that time'];
  const marked = new Set(met.map(({ position }) => position));
  const isMarked = ({ record, position }: LoggedMessage): boolean => record.fault !== undefined || marked.has(position);
  const { shown, kin, others } = concerned(all, nodes, isMarked);
  const rows = inRows(shown, isMarked);
  const width = Math.max(...rows.map(({ first: { record } }) => betweenText(record).length));
  return [
    ...(messages.reaches(since) ? [] : ['(the oldest are no longer kept)']),
    ...withoutMiddle(rows, (row) => arrivalText(row, width, stage)),
    ...restText(kin, `more of ${nodes.join(' and ')} with other nodes`),
    ...restText(others, 'between other nodes'),
  ];
}

interface Concerned {
  readonly shown: readonly LoggedMessage[];
  /** Of the nodes concerned, with others. */
  readonly kin: readonly LoggedMessage[];
  readonly others: readonly LoggedMessage[];
}

/** Of and to the nodes; where that is more than fits and they speak with each other, those between them. */
function concerned(
  all: readonly LoggedMessage[],
  nodes: readonly string[],
  isMarked: (message: LoggedMessage) => boolean,
): Concerned {
  const ends = ({ record: { fromNode, toNode } }: LoggedMessage): number =>
    Number(nodes.includes(fromNode)) + Number(nodes.includes(toNode));
  const touching = all.filter((message) => ends(message) > 0);
  if (touching.length === 0) return { shown: all, kin: [], others: [] };
  const speakWithEachOther = touching.some((message) => ends(message) === 2 && !isMedia(message.record));
  const endsMin = speakWithEachOther && touching.length > FIRST_MAX + LAST_MAX ? 2 : 1;
  const isShown = (message: LoggedMessage): boolean => ends(message) >= endsMin || isMarked(message);
  return {
    shown: all.filter(isShown),
    kin: touching.filter((message) => !isShown(message)),
    others: all.filter((message) => ends(message) === 0 && !isMarked(message)),
  };
}

function restText(rest: readonly LoggedMessage[], what: string): readonly string[] {
  if (rest.length === 0) return [];
  const packets = rest.filter(({ record }) => isMedia(record)).reduce((sum, { count }) => sum + count, 0);
  const messages = rest.filter(({ record }) => !isMedia(record)).length;
  const parts = [messages === 0 ? [] : [`${messages}`], packets === 0 ? [] : [`${packets} packets of media`]].flat();
  return [`  and ${parts.join(' and ')} ${what}`];
}

function inRows(messages: readonly LoggedMessage[], isMarked: (message: LoggedMessage) => boolean): readonly Arrival[] {
  const rows: Arrival[] = [];
  const media = new Map<string, Arrival>();
  for (const message of messages) {
    const { record, count } = message;
    const key = `${betweenText(record)} ${record.fault?.name ?? ''} ${record.fault?.effect ?? ''}`;
    const row = isMedia(record) ? media.get(key) : rows.at(-1);
    if (row !== undefined && (isMedia(record) || isAlike(row.last.record, record))) {
      row.last = message;
      if (record.protocol === row.first.record.protocol) row.count += count;
      else row.controlCount += count;
      row.isMarked ||= isMarked(message);
      continue;
    }
    const fresh: Arrival = { first: message, last: message, count, controlCount: 0, isMarked: isMarked(message) };
    rows.push(fresh);
    if (isMedia(record)) media.set(key, fresh);
  }
  return rows;
}

function isMedia({ protocol }: Logged): boolean {
  return protocol === 'rtp' || protocol === 'rtcp';
}

function isAlike(a: Logged, b: Logged): boolean {
  return betweenText(a) === betweenText(b) && a.summary === b.summary && a.fault?.name === b.fault?.name;
}

/** The rows from the beginning and the end, those that have to be seen, and how many messages lie between. */
function withoutMiddle(rows: readonly Arrival[], text: (row: Arrival) => string): readonly string[] {
  const middle = rows.slice(FIRST_MAX, -LAST_MAX);
  const seen = new Set(middle.filter(({ isMarked, first }) => isMarked || isMedia(first.record)).slice(0, MARKED_MAX));
  const lines: string[] = [];
  let hidden: Arrival[] = [];
  const tellHidden = (): void => {
    const count = hidden.reduce((sum, row) => sum + row.count + row.controlCount, 0);
    if (hidden.length > 1) lines.push(`  … ${count} more …`);
    else lines.push(...hidden.map(text)); // it takes no more room than its count
    hidden = [];
  };
  for (const [index, row] of rows.entries()) {
    const isInMiddle = index >= FIRST_MAX && index < FIRST_MAX + middle.length;
    if (isInMiddle && !seen.has(row)) {
      hidden.push(row);
      continue;
    }
    tellHidden();
    lines.push(text(row));
  }
  tellHidden();
  return lines;
}

function betweenText({ fromNode, toNode }: Logged): string {
  return `${fromNode} → ${toNode}`;
}

function arrivalText({ first: { record }, last, count, controlCount }: Arrival, width: number, stage: Stage): string {
  const { seconds } = stage;
  const between = betweenText(record).padEnd(width);
  const until = last.record.time === record.time || isMedia(record) ? '' : `, until ${seconds(last.record.time)}`;
  const control = controlCount === 0 ? '' : `, and RTCP ${times(controlCount)}`;
  const often = count === 1 && control === '' ? '' : ` (${times(count)}${until}${control})`;
  return `${seconds(record.time).padStart(8)}  ${between}  ${shortened(record.summary)}${often}${faultText(record)}`;
}

/** `, dropped by the fault 'a'`; empty where nothing happened to it. */
export function faultText({ fault }: Logged): string {
  if (fault === undefined) return '';
  return fault.effect === 'lost' ? `, lost (${fault.name})` : `, ${fault.effect} by the fault '${fault.name}'`;
}
