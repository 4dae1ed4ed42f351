/** What the HSS was asked about whom, and what it said: for why a registration failed. */
import type { Endpoint, MessageRecord } from '../../environment/index.js';
import { meaningOfResult } from '../../ims/hss/refusals.js';
import { DiameterMessage } from '../diameter-message.js';
import { identityKey } from '../sip-history.js';

interface Query {
  readonly name: string;
  readonly record: MessageRecord;
  answer: { readonly message: DiameterMessage; readonly record: MessageRecord } | undefined;
}

export interface FailedQuery {
  readonly sentence: string;
  readonly next: string | undefined;
  readonly clause: string;
}

/** Longer than anybody waits for a SIP response (TS 24.229 7.7). */
const relatedMs = 128_000;
const none: readonly Query[] = [];
const clauses: Readonly<Record<string, string>> = {
  UAR: 'TS 29.228 6.1.1.1',
  MAR: 'TS 29.228 6.3.1',
  SAR: 'TS 29.228 6.1.2.1',
};

export class Queries {
  readonly #byIdentity = new Map<string, Query[]>();
  readonly #pending = new Map<string, Query>();

  add(record: MessageRecord): void {
    const message = DiameterMessage.read(record.bytes);
    if (message === undefined || !message.isCx) return;
    if (!message.isRequest) {
      const key = connectionKey(record.to, record.from, message.hopByHop);
      const query = this.#pending.get(key);
      if (query !== undefined) query.answer = { message, record };
      this.#pending.delete(key);
      return;
    }
    const query: Query = { name: message.name, record, answer: undefined };
    this.#pending.set(connectionKey(record.from, record.to, message.hopByHop), query);
    for (const identity of message.avps.texts('Public-Identity')) {
      const key = identityKey(identity);
      const known = this.#byIdentity.get(key);
      if (known === undefined) this.#byIdentity.set(key, [query]);
      else known.push(query);
    }
  }

  /** The last answer about this identity before a message of SIP, where it was no success. */
  failedBefore(identity: string, { id, time }: MessageRecord): FailedQuery | undefined {
    const last = (this.#byIdentity.get(identityKey(identity)) ?? none).findLast(
      ({ answer }) => answer !== undefined && answer.record.id < id && time - answer.record.time < relatedMs,
    );
    if (last?.answer === undefined || last.answer.message.isSuccess) return undefined;
    const { resultText } = last.answer.message;
    const meaning = meaningOfResult(resultText);
    return {
      sentence: `${last.answer.record.fromNode} had answered ${last.name} with ${resultText}${meaning === undefined ? '' : `, ${meaning}`}`,
      next: undefined,
      clause: clauses[last.name] ?? 'TS 29.228 6.1',
    };
  }

  /** The last request about this identity that followed a message of SIP and has no answer. */
  unansweredAfter(identity: string, { id }: MessageRecord): Query | undefined {
    return (this.#byIdentity.get(identityKey(identity)) ?? none).findLast(
      ({ record, answer }) => record.id > id && answer === undefined,
    );
  }
}

function connectionKey(from: Endpoint, to: Endpoint, hopByHop: number): string {
  return `${from.address} ${from.port} ${to.address} ${to.port} ${hopByHop}`;
}
