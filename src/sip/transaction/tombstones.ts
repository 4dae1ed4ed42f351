/**
 * What is left of transactions that only wait for the end of timer J or K: a key each, in the order in which they end, and
 * one timer for all that wait equally long. A machine, its context and a timer each would outlive the exchange by a minute.
 */
import type { Clock, Timer } from '../../environment/index.js';

/** Keys before the head are cut off when there are so many, and more than live ones. */
const CUT_COUNT_MIN = 256;

/** Whose transactions they were. */
export interface TombstoneOwner<TKey> {
  /** Once for each key, when its time is over. */
  onTombstoneEnd(key: TKey): void;
}

export class Tombstones<TKey> {
  readonly #clock: Clock;
  readonly #owner: TombstoneOwner<TKey>;
  /** One for each of the few durations; undefined while nothing waits, which is the rule at a UE. */
  #rows: Row<TKey>[] | undefined;

  constructor(clock: Clock, owner: TombstoneOwner<TKey>) {
    this.#clock = clock;
    this.#owner = owner;
  }

  add(key: TKey, waitMs: number): void {
    let row = this.#rows?.find((each) => each.waitMs === waitMs);
    if (row === undefined) {
      row = new Row(waitMs);
      this.#rows = this.#rows === undefined ? [row] : this.#rows.concat(row);
    }
    row.keys.push(key);
    row.dues.push(this.#clock.now() + waitMs);
    if (row.timer === undefined) this.#await(row);
  }

  /** Forgets all; the owner is not told. */
  clear(): void {
    for (const row of this.#rows ?? []) row.timer?.cancel();
    this.#rows = undefined;
  }

  #await(row: Row<TKey>): void {
    row.timer = this.#clock.setTimer(row.dues[row.head]! - this.#clock.now(), () => this.#end(row));
  }

  /** What was waited for, and what has ended with it. */
  #end(row: Row<TKey>): void {
    row.timer = undefined;
    const { keys, dues } = row;
    const until = Math.max(dues[row.head]!, this.#clock.now());
    try {
      while (row.head < keys.length && dues[row.head]! <= until) this.#owner.onTombstoneEnd(keys[row.head++]!);
    } finally {
      if (row.head === keys.length) this.#drop(row);
      else {
        if (row.head >= CUT_COUNT_MIN && row.head > keys.length / 2) row.cut();
        this.#await(row);
      }
    }
  }

  #drop(row: Row<TKey>): void {
    const others = this.#rows?.filter((each) => each !== row);
    this.#rows = others?.length === 0 ? undefined : others;
  }
}

/** All that wait equally long: who came first ends first. */
class Row<TKey> {
  keys: TKey[] = [];
  dues: number[] = [];
  /** How many of them are over. */
  head = 0;
  timer: Timer | undefined = undefined;

  constructor(readonly waitMs: number) {}

  cut(): void {
    this.keys = this.keys.slice(this.head);
    this.dues = this.dues.slice(this.head);
    this.head = 0;
  }
}
