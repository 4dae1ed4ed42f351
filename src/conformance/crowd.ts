/** Of more than can be remembered at once, those that rules do not look at: half a story looks like a broken rule. */

/** 64*T1 with the UE's T1 (TS 24.229 7.7): whoever was quiet for so long begins a new story. */
const quietMs = 128_000;
/** Some 20 MB. */
const keysMax = 200_000;

/** Keys are whatever names one of them: Call-IDs, identities, nodes, Session-Ids. */
export class Crowd {
  /** Key → when it was heard of last; the longest quiet first. */
  readonly #lastHeard = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#lastHeard.size === 0;
  }

  /** Counts as heard of. */
  has(key: string, now: number): boolean {
    const last = this.#lastHeard.get(key);
    if (last === undefined) return false;
    if (now - last > quietMs) {
      this.#lastHeard.delete(key);
      return false;
    }
    // Many messages have one time; a key that moves leaves a hole.
    if (now - last > quietMs / 4) this.#put(key, now);
    return true;
  }

  /** Returns whether it is new. */
  add(key: string, now: number): boolean {
    if (this.has(key, now)) return false;
    this.#put(key, now);
    if (this.#lastHeard.size > keysMax) this.#lastHeard.delete(this.#lastHeard.keys().next().value!);
    return true;
  }

  #put(key: string, now: number): void {
    this.#lastHeard.delete(key);
    this.#lastHeard.set(key, now);
  }
}
