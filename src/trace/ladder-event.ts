/** What a ladder draws of a run: arrows, state changes and notes, made from the trace's records. */
import type { FaultRecord, MessageRecord, PacketFault, TraceRecord, TransitionRecord } from '../environment/index.js';
import { isLost } from './loss.js';
import type { MediaRecord } from './media-record.js';
import { printable } from './printable.js';
import { SUPPORTING_MACHINES } from './supporting-machines.js';

export type ArrowTone = 'request' | 'provisional' | 'success' | 'challenge' | 'failure' | 'diameter' | 'media';

export interface ArrowEvent {
  readonly kind: 'arrow';
  readonly time: number;
  /** Id of the message; of the first of a stream. */
  readonly message: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: 'sip' | 'diameter' | 'rtp';
  readonly tone: ArrowTone;
  readonly isResponse: boolean;
  /** What to write on it: the longest first, each says less. */
  readonly labels: readonly string[];
  /** Of an RTP stream: counts on while the stream runs. */
  readonly media: MediaCount | undefined;
  /** What an injected fault or the link did to it; `dropped`, `lost`: it did not get there. */
  readonly fault: PacketFault['effect'] | undefined;
}

export interface MediaCount {
  readonly first: number;
  last: number;
  packetCount: number;
}

export interface StateEvent {
  readonly kind: 'state';
  readonly time: number;
  readonly node: string;
  readonly machine: string;
  readonly state: string;
}

export interface NoteEvent {
  readonly kind: 'note';
  readonly time: number;
  /** Empty for a note about the run, such as a step of the scenario. */
  readonly node: string;
  readonly text: string;
  readonly isFault: boolean;
}

export type LadderEvent = ArrowEvent | StateEvent | NoteEvent;

/** The note that a trace begins with: the ladder's columns from left to right, separated by `, `. */
export const LADDER_ORDER = 'ladder.order';

/** A stream that was silent for so long begins a new line. */
const SILENCE_MAX_MS = 2_000;

/** The packets that `media` lines counted replace those that are records of their own. */
interface RunningStream {
  readonly count: MediaCount;
  linesCount: number;
}

/** Turns records into events one by one. RTP gives one arrow a stream, at its first packet; RTCP none. */
export class LadderEvents {
  readonly #streams = new Map<string, RunningStream>();

  of(record: TraceRecord | MediaRecord): LadderEvent | undefined {
    switch (record.kind) {
      case 'message':
        return this.#message(record);
      case 'media':
        this.#counted(record);
        return undefined;
      case 'transition':
        return stateEvent(record);
      case 'note':
        if (record.what === LADDER_ORDER) return undefined;
        return { kind: 'note', time: record.time, node: record.node, text: printable(record.text), isFault: false };
      case 'fault':
        return {
          kind: 'note',
          time: record.time,
          node: record.node,
          text: printable(faultText(record)),
          isFault: true,
        };
      case 'effect':
      case 'timer':
        return undefined;
    }
  }

  /** Whether `of` would make an event of it: takes note of it all the same, and costs less. */
  passes(record: TraceRecord | MediaRecord): boolean {
    switch (record.kind) {
      case 'transition':
        return isShown(record);
      case 'message':
        if (record.protocol === 'rtp') return this.#media(record) !== undefined;
        return record.protocol === 'sip' || record.protocol === 'diameter';
      case 'effect':
      case 'timer':
        return false;
      default:
        return this.of(record) !== undefined;
    }
  }

  #message(record: MessageRecord): ArrowEvent | undefined {
    const arrow = this.#arrow(record);
    if (arrow === undefined) return undefined;
    const carried =
      record.protection === undefined ? arrow : { ...arrow, labels: remarked(arrow, record.protection.toUpperCase()) };
    return record.fault === undefined ? carried : struck(carried, record.fault.effect);
  }

  #arrow(record: MessageRecord): ArrowEvent | undefined {
    switch (record.protocol) {
      case 'sip':
        return sipArrow(record);
      case 'diameter':
        return diameterArrow(record);
      case 'rtp':
        return this.#media(record);
      default:
        return undefined;
    }
  }

  #media(record: MessageRecord): ArrowEvent | undefined {
    const { time } = record;
    const key = streamKey(record);
    const stream = this.#streams.get(key);
    if (stream !== undefined && time - stream.count.last <= SILENCE_MAX_MS) {
      stream.count.last = Math.max(stream.count.last, time);
      if (stream.linesCount === 0) stream.count.packetCount += 1;
      return undefined;
    }
    const count: MediaCount = { first: time, last: time, packetCount: 1 };
    this.#streams.set(key, { count, linesCount: 0 });
    return mediaArrow(record, count);
  }

  #counted(record: MediaRecord): void {
    const { time, packetCount } = record;
    const stream = this.#streams.get(streamKey(record));
    if (stream === undefined) return;
    stream.count.last = Math.max(stream.count.last, time);
    stream.count.packetCount = packetCount + (stream.linesCount === 0 ? 0 : stream.count.packetCount);
    stream.linesCount += 1;
  }
}

/** The packets that got lost on the way are a stream of their own: one lost packet is not a lost stream. */
/** `diameter.malformedRequest: peer 127.0.0.1:40000, Public-Identity is missing (RFC 6733 7.1)` */
function faultText({ what, detail = {}, clause }: FaultRecord): string {
  const details = Object.entries(detail)
    .map(([key, value]) => (key === 'reason' ? String(value) : `${key} ${value}`))
    .join(', ');
  return `${what}${details === '' ? '' : `: ${details}`}${clause === undefined ? '' : ` (${clause})`}`;
}

function streamKey({ fromNode, toNode, fault }: Pick<MediaRecord, 'fromNode' | 'toNode' | 'fault'>): string {
  return `${fromNode} ${toNode} ${isLost(fault?.effect)}`;
}

function stateEvent(record: TransitionRecord): StateEvent | undefined {
  const { time, node, machine, to } = record;
  return isShown(record) ? { kind: 'state', time, node, machine, state: to } : undefined;
}

function isShown({ machine, event, from, to, effects }: TransitionRecord): boolean {
  if (from === to || SUPPORTING_MACHINES.has(machine)) return false;
  // An instance that was made and does nothing yet: its first event follows.
  return event !== 'create' || effects.length > 0;
}

/** Requests whose Request-URI names whom they are for; in a dialog it is only the other end's contact. */
const ADDRESSED_METHODS: ReadonlySet<string> = new Set([
  'REGISTER',
  'INVITE',
  'MESSAGE',
  'SUBSCRIBE',
  'OPTIONS',
  'REFER',
]);

/** `REGISTER sip:…` or `401 Unauthorized (REGISTER)`, as `summariseSip` writes them. */
function sipArrow({ time, id: message, fromNode: from, toNode: to, summary: text }: MessageRecord): ArrowEvent {
  const summary = printable(text);
  const space = summary.indexOf(' ');
  const first = space < 0 ? summary : summary.slice(0, space);
  const status = Number(first);
  const arrow = {
    kind: 'arrow',
    time,
    message,
    from,
    to,
    protocol: 'sip',
    media: undefined,
    fault: undefined,
  } as const;
  if (!(status >= 100)) {
    return { ...arrow, tone: 'request', isResponse: false, labels: requestLabels(summary, first) };
  }
  const open = summary.lastIndexOf(' (');
  const plain = open < 0 ? summary : summary.slice(0, open);
  const short = open < 0 ? first : `${first} ${summary.slice(open + 2, -1)}`;
  // Every 200 reads OK: what it answers says more. Of the others the reason does.
  const labels = status === 200 ? [summary, short, plain, first] : [summary, plain, short, first];
  return { ...arrow, tone: sipTone(status), isResponse: true, labels };
}

/** `NOTIFY (reg: active)` where a summary says of what; the URI goes first. */
function requestLabels(summary: string, method: string): readonly string[] {
  const open = summary.endsWith(')') ? summary.lastIndexOf(' (') : -1;
  if (open < 0) return ADDRESSED_METHODS.has(method) ? [summary, method] : [method];
  const about = summary.slice(open);
  const shorter = about.replace(/: .*\)$/, ')');
  return [
    ...(ADDRESSED_METHODS.has(method) ? [summary] : []),
    `${method}${about}`,
    ...(shorter === about ? [] : [`${method}${shorter}`]),
    method,
  ];
}

function sipTone(status: number): ArrowTone {
  if (status < 200) return 'provisional';
  if (status < 300) return 'success';
  return status === 401 || status === 407 ? 'challenge' : 'failure';
}

/** `UAR` or `UAA 2001 FIRST_REGISTRATION`, as `summariseDiameter` writes them. */
function diameterArrow({ time, id: message, fromNode: from, toNode: to, summary }: MessageRecord): ArrowEvent {
  const [command = summary, code, name] = summary.split(' ');
  const isResponse = command.endsWith('-Answer') || (command.endsWith('A') && command.length === 3);
  const labels = [
    ...(name === undefined ? [] : [`${command} ${code} ${name}`]),
    ...(code === undefined ? [] : [`${command} ${code}`]),
    command,
  ];
  const tone = Number(code) >= 3000 && isResponse ? 'failure' : 'diameter';
  const ends = { kind: 'arrow', time, message, from, to, protocol: 'diameter' } as const;
  return { ...ends, tone, isResponse, labels, media: undefined, fault: undefined };
}

/** `RTP AMR-WB seq 1`, as `summariseRtp` writes it. */
function mediaArrow(
  { time, id: message, fromNode: from, toNode: to, summary }: MessageRecord,
  media: MediaCount,
): ArrowEvent {
  const seq = summary.indexOf(' seq ');
  const labels = [seq < 0 ? summary : summary.slice(0, seq), 'RTP'];
  const ends = { kind: 'arrow', time, message, from, to, protocol: 'rtp' } as const;
  return { ...ends, tone: 'media', isResponse: false, labels, media, fault: undefined };
}

/** An arrow that a fault or the link struck says so where there is room. */
function struck(arrow: ArrowEvent, fault: PacketFault['effect']): ArrowEvent {
  return { ...arrow, tone: isLost(fault) ? 'failure' : arrow.tone, labels: remarked(arrow, fault), fault };
}

/** The labels with a remark, and without it where there is no room. */
function remarked({ labels }: ArrowEvent, remark: string): readonly string[] {
  return [...labels.map((label) => `${label} (${remark})`), ...labels];
}

/** The arrow of a stream that has ended says how much there was: `RTP AMR-WB, 100 packets in 2.0 s`. */
export function withMediaCount(event: ArrowEvent): ArrowEvent {
  if (event.media === undefined) return event;
  const { first, last, packetCount } = event.media;
  const amount = `${packetCount} packets in ${((last - first) / 1000).toFixed(1)} s`;
  return { ...event, labels: [`${event.labels[0]}, ${amount}`, ...event.labels] };
}
