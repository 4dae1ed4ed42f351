/** Which numbers of 32 bits that wrap (RFC 1982) have been seen, in whatever order. */

/** Each gap takes one more; below the lowest of so many a number counts as seen. */
const RANGES_MAX = 4_096;

interface Range {
  start: number;
  end: number;
}

export class SequenceRanges {
  /** Of the first number on; ascending, with gaps between them. */
  readonly #ranges: Range[] = [];
  #first: number | undefined;
  #hadGap = false;

  /** Whether it is new. */
  add(number: number): boolean {
    this.#first ??= number;
    const at = (number - this.#first) | 0;
    const index = this.#indexAfter(at);
    const before = this.#ranges[index - 1];
    const after = this.#ranges[index];
    if (before !== undefined && at <= before.end) return false;
    if (index === 0 && this.#hadGap) return false;
    const isBehind = before?.end === at - 1;
    const isInFront = after?.start === at + 1;
    if (before !== undefined && isBehind) {
      before.end = isInFront ? after.end : at;
      if (isInFront) this.#ranges.splice(index, 1);
    } else if (isInFront) after.start = at;
    else this.#insert(index, at);
    return true;
  }

  get hasGap(): boolean {
    return this.#hadGap || this.#ranges.length > 1;
  }

  #insert(index: number, at: number): void {
    this.#ranges.splice(index, 0, { start: at, end: at });
    if (this.#ranges.length <= RANGES_MAX) return;
    const [lowest] = this.#ranges.splice(0, 1);
    this.#ranges[0]!.start = lowest!.start;
    this.#hadGap = true;
  }

  /** Of the first range that begins behind `at`. Most numbers are the next one. */
  #indexAfter(at: number): number {
    let [low, high] = [0, this.#ranges.length];
    if (high > 0 && this.#ranges[high - 1]!.start <= at) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.start <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
