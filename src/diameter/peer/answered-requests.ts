/** Duplicate detection (RFC 6733 3 End-to-End, 5.5.4; CX-66): who asks again gets the answer that was given. */
import type { Connection } from './connection.js';
import { sameHost } from './local-node.js';

/** RFC 6733 3: End-to-End ids stay unique for four minutes. */
const rememberMs = 4 * 60 * 1000;
/** Beyond this the oldest is forgotten early: memory is finite. */
const rememberedMax = 16_384;
/** Copies of one request that get the answer when it comes. */
const waitingMax = 8;

interface Remembered {
  readonly originHost: string;
  readonly time: number;
  /** Undefined while the first of its kind is still under way. */
  answer: Buffer | undefined;
  /** Copies that came meanwhile. */
  readonly waiting: { readonly connection: Connection; readonly hopByHop: number }[];
}

export class AnsweredRequests {
  /** By End-to-End id; ids of two originators that coincide cost the older one its protection, nothing else. */
  readonly #byEndToEnd = new Map<number, Remembered>();

  /** True for a request that was here before: it has been seen to, or will be with the answer. */
  isDuplicate(originHost: string, endToEnd: number, connection: Connection, hopByHop: number, now: number): boolean {
    const known = this.#byEndToEnd.get(endToEnd);
    if (known !== undefined && now - known.time < rememberMs && sameHost(known.originHost, originHost)) {
      if (known.answer !== undefined) replay(known.answer, connection, hopByHop);
      else if (known.waiting.length < waitingMax) known.waiting.push({ connection, hopByHop });
      return true;
    }
    this.#forgetOld(now);
    this.#byEndToEnd.delete(endToEnd);
    this.#byEndToEnd.set(endToEnd, { originHost, time: now, answer: undefined, waiting: [] });
    return false;
  }

  answered(endToEnd: number, originHost: string, answer: Buffer): void {
    const known = this.#byEndToEnd.get(endToEnd);
    if (known === undefined || known.answer !== undefined || !sameHost(known.originHost, originHost)) return;
    known.answer = answer;
    for (const { connection, hopByHop } of known.waiting.splice(0)) replay(answer, connection, hopByHop);
  }

  /** Insertion order is order of time, so the oldest stand first. */
  #forgetOld(now: number): void {
    for (const [endToEnd, { time }] of this.#byEndToEnd) {
      if (now - time < rememberMs && this.#byEndToEnd.size < rememberedMax) return;
      this.#byEndToEnd.delete(endToEnd);
    }
  }
}

function replay(answer: Buffer, connection: Connection, hopByHop: number): void {
  if (!connection.isOpen) return;
  const copy = Buffer.from(answer);
  copy.writeUInt32BE(hopByHop, 12);
  connection.write(copy);
}
