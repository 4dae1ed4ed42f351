/** How long answers took: percentiles by the nearest-rank method. */

export interface LatencySummary {
  readonly count: number;
  /** All in ms. */
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

export class Latencies {
  readonly #values: number[] = [];

  add(milliseconds: number): void {
    this.#values.push(milliseconds);
  }

  addAll(other: Latencies): void {
    for (const value of other.#values) this.#values.push(value);
  }

  /** Undefined where nothing was measured. */
  summary(): LatencySummary | undefined {
    const count = this.#values.length;
    if (count === 0) return undefined;
    const sorted = Float64Array.from(this.#values).sort();
    const at = (share: number): number => rounded(sorted[Math.max(0, Math.ceil(share * count) - 1)]!);
    const mean = rounded(sorted.reduce((sum, value) => sum + value, 0) / count);
    return { count, min: at(0), median: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1), mean };
  }
}

/** Microseconds are as fine as the clock is. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
