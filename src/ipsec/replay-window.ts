/** RFC 4303 3.4.3: each sequence number once, and none that is 64 or more behind the highest. */
const WINDOW_PACKETS = 64;

export class ReplayWindow {
  /** In each slot the last number accepted of those that share it; made with the first packet. */
  #accepted: Uint32Array | undefined;
  #highest = 0;

  /** Whether a packet of that number may be taken, once its ICV is proven. */
  allows(sequence: number): boolean {
    if (sequence === 0) return false; // the first is 1: RFC 4303 2.2
    if (sequence > this.#highest) return true;
    return sequence > this.#highest - WINDOW_PACKETS && this.#accepted?.[sequence % WINDOW_PACKETS] !== sequence;
  }

  accept(sequence: number): void {
    this.#accepted ??= new Uint32Array(WINDOW_PACKETS);
    this.#accepted[sequence % WINDOW_PACKETS] = sequence;
    if (sequence > this.#highest) this.#highest = sequence;
  }
}
