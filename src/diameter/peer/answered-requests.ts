/**
 * Requests of others that are under way or have been answered: duplicate detection (RFC 6733 3 End-to-End, 5.5.4; CX-66).
 * Who asks again, with or without the T bit and over whatever connection, gets the answer that was given.
 *
 * Answers lie one after the other in memory that the garbage collector does not look at, in generations of two minutes
 * that are forgotten as a whole: so many requests come in four minutes that an object for each would be a burden.
 */
import { type Linked, LinkedList } from '../../linked-list.js';
import type { Message } from '../codec/decode.js';
import type { Connection } from './connection.js';
import { proxyInfosOf, withProxyInfos } from './routing-avps.js';

/** RFC 6733 3: End-to-End ids stay unique for four minutes. */
const rememberMs = 4 * 60 * 1000;
const generationMs = 2 * 60 * 1000;
/** Copies of one request that get the answer when it comes, and how much Proxy-Info such a copy may have. */
const waitingMax = 8;
const proxyInfosMax = 1024;
/** What an answer costs beside its octets, and the name of an originator: about. */
const entryOctets = 64;
const originatorOctets = 512;

/** Of where an answer lies: the number of its slab above, the offset in it below. */
const offsetBits = 20;
const slabLength = 1 << offsetBits;
/** A small node needs less. */
const firstSlabLength = 1 << 14;

/** A request that waits for its answer. */
export interface UnderWay extends Linked<UnderWay> {
  readonly request: Message;
  readonly connection: Connection;
  readonly time: number;
  readonly endToEnd: number;
  readonly generation: Generation;
  /** All that its originator has asked in this generation: an answer's place, or what waits for one. */
  readonly siblings: Map<number, UnderWay | number>;
  /** Answered, or given up. */
  isOver: boolean;
  /** Copies that came meanwhile. */
  waiting: Copy[] | undefined;
}

/** What a copy of a request needs to be answered: the way that it came may be another one (RFC 6733 6.2). */
interface Copy {
  readonly connection: Connection;
  readonly hopByHop: number;
  readonly proxyInfos: Buffer;
}

export interface AnsweredRequestsOptions {
  /** For answers that are kept. */
  readonly octetsMax: number;
  /** One is under way no more: answered, or given up. */
  onEnded(underWay: UnderWay): void;
  /** Some were forgotten before their time. */
  onForgottenEarly(): void;
}

export class AnsweredRequests {
  /** The one that is filled first. */
  readonly #generations: Generation[] = [];
  /** In order of coming. */
  readonly #underWay = new LinkedList<UnderWay>();

  constructor(private readonly options: AnsweredRequestsOptions) {}

  /** What is kept, about. */
  get octets(): number {
    return this.#generations.reduce((total, { octets }) => total + octets, 0);
  }

  /** True for a request that was here before: it has been seen to, or will be with the answer. */
  isDuplicate(request: Message, originHost: string, connection: Connection, now: number): boolean {
    const originator = originHost.toLowerCase();
    const id = request.endToEnd | 0;
    for (const generation of this.#generations) {
      if (now - generation.lastTime >= rememberMs) break;
      const known = generation.find(originator, id);
      if (known === undefined) continue;
      if (typeof known === 'object') {
        if (!isSame(request.bytes, known.request.bytes, 0)) return false;
        keepWaiting(known, copyOf(request, connection));
      } else {
        const slab = generation.slabOf(known);
        const at = known & (slabLength - 1);
        if (!isSame(request.bytes, slab, at)) return false;
        replay(slab, at, copyOf(request, connection));
      }
      return true;
    }
    return false;
  }

  /** Notes a request that is served now. */
  begin(request: Message, originHost: string, connection: Connection, now: number): UnderWay {
    const generation = this.#current(now);
    const siblings = generation.requestsOf(originHost.toLowerCase());
    const endToEnd = request.endToEnd | 0;
    const underWay: UnderWay = {
      request,
      connection,
      time: now,
      endToEnd,
      generation,
      siblings,
      isOver: false,
      before: undefined,
      after: undefined,
      waiting: undefined,
    };
    generation.octets += entryOctets;
    generation.lastTime = now;
    siblings.set(endToEnd, underWay);
    this.#underWay.append(underWay);
    return underWay;
  }

  answered(underWay: UnderWay, answer: Buffer): void {
    const { siblings, endToEnd, generation, waiting } = underWay;
    if (!underWay.isOver) this.#end(underWay);
    if (siblings.get(endToEnd) === underWay) {
      const place = generation.keep(answer);
      if (place === undefined) siblings.delete(endToEnd);
      else siblings.set(endToEnd, place);
    }
    for (const copy of waiting ?? []) replay(answer, 0, copy);
  }

  /** Nobody waits any more for what was asked so long ago. */
  giveUpBefore(time: number): void {
    const underWay = this.#underWay;
    for (let oldest = underWay.first; oldest !== undefined && oldest.time < time; oldest = underWay.first) {
      this.#end(oldest);
      oldest.siblings.delete(oldest.endToEnd);
    }
  }

  #end(underWay: UnderWay): void {
    underWay.isOver = true;
    this.#underWay.remove(underWay);
    this.options.onEnded(underWay);
  }

  /** Lets go what nobody may ask for again. */
  forget(now: number): void {
    const generations = this.#generations;
    while (generations.length > 0 && now - generations.at(-1)!.lastTime >= rememberMs) generations.pop();
  }

  #current(now: number): Generation {
    const generations = this.#generations;
    const current = generations[0];
    const { octetsMax } = this.options;
    if (current !== undefined && now - current.firstTime < generationMs && current.octets < octetsMax / 8)
      return current;
    this.forget(now);
    if (this.octets + octetsMax / 8 > octetsMax) {
      generations.pop();
      this.options.onForgottenEarly();
    }
    const next = new Generation(now);
    generations.unshift(next);
    return next;
  }
}

class Generation {
  /** Octets that it holds, about. */
  octets = 0;
  /** Of its last request. */
  lastTime: number;
  readonly #byOriginator = new Map<string, Map<number, UnderWay | number>>();
  readonly #slabs: Buffer[] = [];
  /** Where the last slab is free. */
  #free = 0;

  constructor(readonly firstTime: number) {
    this.lastTime = firstTime;
  }

  find(originator: string, id: number): UnderWay | number | undefined {
    return this.#byOriginator.get(originator)?.get(id);
  }

  requestsOf(originator: string): Map<number, UnderWay | number> {
    let requests = this.#byOriginator.get(originator);
    if (requests === undefined) {
      requests = new Map();
      this.#byOriginator.set(originator, requests);
      this.octets += originatorOctets;
    }
    return requests;
  }

  slabOf(place: number): Buffer {
    return this.#slabs[place >>> offsetBits]!;
  }

  /** Where the answer lies now; undefined for one that is too long to be kept. */
  keep(answer: Buffer): number | undefined {
    const { length } = answer;
    if (length > slabLength) return undefined;
    let slab = this.#slabs.at(-1);
    if (slab === undefined || this.#free + length > slab.length) {
      slab = Buffer.allocUnsafeSlow(Math.max(length, slab === undefined ? firstSlabLength : slabLength));
      this.#slabs.push(slab);
      this.#free = 0;
    }
    const place = ((this.#slabs.length - 1) << offsetBits) | this.#free;
    answer.copy(slab, this.#free);
    this.#free += length;
    this.octets += length;
    return place;
  }
}

const sessionIdCode = 263;
const firstAvp = 20;

/**
 * Some peers count their ids anew with every connection: the same command in the same session makes it the same request.
 * The other message, a request or an answer, begins at `at`.
 */
function isSame(request: Buffer, other: Buffer, at: number): boolean {
  // Command and application.
  if (request.compare(other, at + 5, at + 12, 5, 12) !== 0) return false;
  const otherAvp = at + firstAvp;
  if (request.readUInt32BE(firstAvp) !== sessionIdCode || other.readUInt32BE(otherAvp) !== sessionIdCode) return true;
  const length = request.readUIntBE(firstAvp + 5, 3);
  return request.compare(other, otherAvp + 5, otherAvp + length, firstAvp + 5, firstAvp + length) === 0;
}

function copyOf({ bytes, hopByHop }: Message, connection: Connection): Copy {
  return { connection, hopByHop, proxyInfos: proxyInfosOf(bytes) };
}

function keepWaiting(known: UnderWay, copy: Copy): void {
  known.waiting ??= [];
  if (known.waiting.length < waitingMax && copy.proxyInfos.length <= proxyInfosMax) known.waiting.push(copy);
}

function replay(answers: Buffer, at: number, { connection, hopByHop, proxyInfos }: Copy): void {
  if (!connection.isOpen) return;
  const length = answers.readUIntBE(at + 1, 3);
  const answer = Buffer.allocUnsafe(length);
  answers.copy(answer, 0, at, at + length);
  answer.writeUInt32BE(hopByHop, 12);
  connection.write(withProxyInfos(answer, proxyInfos));
}
