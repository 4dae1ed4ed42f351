/**
 * The order of a golden trace. Messages that pass the same node at about the same time may change places from seed to seed,
 * so the trace goes by passages: one SIP message over all of its hops, with the Diameter exchanges on its way, then the
 * next. Passages stand in the order in which they began.
 */
import type { MessageRecord } from '../../environment/index.js';
import { SipText } from './sip-headers.js';

/** A node that asks another one about a message does so at once. */
const AT_ONCE_MS = 100;

export interface Hop {
  readonly record: MessageRecord;
  /** Of SIP. */
  readonly text: SipText | undefined;
}

export type Passage = readonly Hop[];

export class Passages {
  readonly #all: Hop[][] = [];
  readonly #bySip = new Map<string, Hop[]>();
  readonly #byHopByHop = new Map<string, Hop[]>();

  /** @returns the passage that begins with the record, if it begins one. */
  add(record: MessageRecord): Passage | undefined {
    const text = record.protocol === 'sip' ? new SipText(record.bytes) : undefined;
    const known = text === undefined ? this.#ofDiameter(record) : this.#bySip.get(sipKey(record, text));
    const passage = known ?? [];
    passage.push({ record, text });
    if (text === undefined) this.#byHopByHop.set(exchangeKey(record), passage);
    else this.#bySip.set(sipKey(record, text), passage);
    if (known !== undefined) return undefined;
    this.#all.push(passage);
    return passage;
  }

  /** An answer is where its request is; a request is where its sender has just received something. */
  #ofDiameter(record: MessageRecord): Hop[] | undefined {
    const asked = this.#byHopByHop.get(exchangeKey(record));
    if (asked !== undefined) return asked;
    return this.#all.findLast((passage) => {
      const { toNode, time } = passage.at(-1)!.record;
      return toNode === record.fromNode && record.time - time <= AT_ONCE_MS;
    });
  }
}

/** The same for all hops of one message. */
function sipKey({ summary }: MessageRecord, text: SipText): string {
  const [first] = summary.split(' ', 1);
  return `${first} ${text.value('call-id')} ${text.value('cseq')} ${text.value('from')}`;
}

/** The same for a request and its answer: RFC 6733 3, the identifier is unique on its connection. */
function exchangeKey({ bytes, fromNode, toNode }: MessageRecord): string {
  const hopByHop = bytes.length < 16 ? 0 : bytes.readUInt32BE(12);
  return [hopByHop, ...[fromNode, toNode].sort()].join(' ');
}
