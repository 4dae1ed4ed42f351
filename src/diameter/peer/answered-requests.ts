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
  readonly endToEnd: number;
  readonly time: number;
  /** Latin1, since a Buffer would keep the slab alive that it was cut from; undefined while the first of its kind is under way. */
  answer: string | undefined;
  /** Copies that came meanwhile. */
  waiting: { readonly connection: Connection; readonly hopByHop: number }[] | undefined;
}

export class AnsweredRequests {
  /** By End-to-End id; ids of two originators that coincide cost the older one its protection, nothing else. */
  readonly #byEndToEnd = new Map<number, Remembered>();
  /** In the order of arrival, round and round. */
  readonly #ring: Remembered[] = [];
  #next = 0;

  /** True for a request that was here before: it has been seen to, or will be with the answer. */
  isDuplicate(originHost: string, endToEnd: number, connection: Connection, hopByHop: number, now: number): boolean {
    const known = this.#byEndToEnd.get(endToEnd);
    if (known !== undefined && now - known.time < rememberMs && sameHost(known.originHost, originHost)) {
      if (known.answer !== undefined) replay(known.answer, connection, hopByHop);
      else keepWaiting(known, connection, hopByHop);
      return true;
    }
    this.#remember({ originHost, endToEnd, time: now, answer: undefined, waiting: undefined });
    return false;
  }

  answered(endToEnd: number, originHost: string, answer: Buffer): void {
    const known = this.#byEndToEnd.get(endToEnd);
    if (known === undefined || known.answer !== undefined || !sameHost(known.originHost, originHost)) return;
    known.answer = answer.toString('latin1');
    for (const { connection, hopByHop } of known.waiting ?? []) replay(known.answer, connection, hopByHop);
    known.waiting = undefined;
  }

  #remember(request: Remembered): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined && this.#byEndToEnd.get(oldest.endToEnd) === oldest) {
      this.#byEndToEnd.delete(oldest.endToEnd);
    }
    this.#ring[this.#next] = request;
    this.#next = (this.#next + 1) % rememberedMax;
    this.#byEndToEnd.set(request.endToEnd, request);
  }
}

function keepWaiting(known: Remembered, connection: Connection, hopByHop: number): void {
  known.waiting ??= [];
  if (known.waiting.length < waitingMax) known.waiting.push({ connection, hopByHop });
}

function replay(answer: string, connection: Connection, hopByHop: number): void {
  if (!connection.isOpen) return;
  const copy = Buffer.from(answer, 'latin1');
  copy.writeUInt32BE(hopByHop, 12);
  connection.write(copy);
}
