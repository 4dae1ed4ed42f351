/** User messages of SCTP out of their fragments (RFC 9260 6.9): those of one message have TSNs one after the other. */

/** A chunk of DATA. */
export interface SctpFragment {
  /** One direction of one association, below DIRECTION_NUMBERS. */
  readonly key: number;
  readonly tsn: number;
  /** Stream and sequence number in it. */
  readonly stream: number;
  readonly isUnordered: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The capture has all of it. */
  readonly isWhole: boolean;
  readonly octets: Buffer;
}

export interface SctpUserMessage {
  readonly octets: Buffer;
  readonly isWhole: boolean;
}

/** What waits for its rest, in all associations together. */
const WAITING_MAX = 65_536;
const WAITING_OCTETS_MAX = 1 << 26;
const TSN_COUNT = 2 ** 32;
/** What numbers of directions are below, so that one and a TSN together are a number without loss. */
export const DIRECTION_NUMBERS = 2 ** 21;

export class SctpFragments {
  /** By direction and TSN, in the order in which they came. */
  readonly #waiting = new Map<number, SctpFragment>();
  /** The TSN at the other end of a run without gaps, by either end of it. What lies within a run may be out of date. */
  readonly #otherEnds = new Map<number, number>();
  #octetCount = 0;
  /** Directions of which fragments were given up. */
  readonly #givenUp = new Set<number>();

  /** Directions with messages of which there are only parts. */
  get incomplete(): ReadonlySet<number> {
    return new Set([...this.#givenUp, ...[...this.#waiting.values()].map(({ key }) => key)]);
  }

  /** The message that it is, or completes. */
  push(fragment: SctpFragment): SctpUserMessage | undefined {
    if (fragment.isFirst && fragment.isLast) return fragment;
    const { key, tsn } = fragment;
    if (this.#waiting.has(place(key, tsn))) return undefined;
    this.#keep(fragment);
    const start = fragment.isFirst ? tsn : this.#farEnd(key, tsn, -1);
    const end = fragment.isLast ? tsn : this.#farEnd(key, tsn, 1);
    this.#otherEnds.set(place(key, start), end);
    this.#otherEnds.set(place(key, end), start);
    const whole = this.#run(key, start, end);
    if (whole === undefined) return undefined;
    for (const each of whole) this.#forget(each);
    return { octets: Buffer.concat(whole.map(({ octets }) => octets)), isWhole: whole.every(({ isWhole }) => isWhole) };
  }

  /** The end of the run beside `tsn`, or `tsn` where there is none. */
  #farEnd(key: number, tsn: number, step: 1 | -1): number {
    const beside = place(key, next(tsn, step));
    const neighbour = this.#waiting.get(beside);
    if (neighbour === undefined || (step === 1 ? neighbour.isFirst : neighbour.isLast)) return tsn;
    return this.#otherEnds.get(beside) ?? tsn;
  }

  /** Where it is one message from its first fragment to its last. */
  #run(key: number, start: number, end: number): readonly SctpFragment[] | undefined {
    const first = this.#waiting.get(place(key, start));
    if (first?.isFirst !== true || this.#waiting.get(place(key, end))?.isLast !== true) return undefined;
    const run: SctpFragment[] = [];
    for (let tsn = start; run.at(-1)?.tsn !== end; tsn = next(tsn, 1)) {
      const each = this.#waiting.get(place(key, tsn));
      const isOther = each?.stream !== first.stream || each.isUnordered !== first.isUnordered;
      if (each === undefined || isOther || (each.isFirst && tsn !== start)) return undefined;
      run.push(each);
    }
    return run;
  }

  #keep(fragment: SctpFragment): void {
    // A piece of the file goes when it has been read.
    this.#waiting.set(place(fragment.key, fragment.tsn), { ...fragment, octets: Buffer.from(fragment.octets) });
    this.#octetCount += fragment.octets.length;
    if (this.#waiting.size <= WAITING_MAX && this.#octetCount <= WAITING_OCTETS_MAX) return;
    // Many at once: to look for the oldest costs the more the more have gone before it.
    const oldest = [...this.#waiting.values()].slice(0, (this.#waiting.size + 1) >> 1);
    for (const each of oldest) {
      this.#givenUp.add(each.key);
      this.#forget(each);
    }
  }

  #forget({ key, tsn, octets }: SctpFragment): void {
    this.#waiting.delete(place(key, tsn));
    this.#otherEnds.delete(place(key, tsn));
    this.#octetCount -= octets.length;
  }
}

function next(tsn: number, step: 1 | -1): number {
  return (tsn + step) >>> 0;
}

function place(key: number, tsn: number): number {
  return key * TSN_COUNT + tsn;
}
