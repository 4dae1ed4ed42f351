/** A stream whose peer reads more slowly than is written to it. */
export interface Waiting {
  /** Octets that wait for the peer; none of one that is closed. */
  readonly waitingOctets: number;
  /** Ends it: no room is left for what waits. */
  overflow(): void;
}

/**
 * What waits on all streams of one network together. A limit for each stream is none for all of them: anybody may open many
 * and read from none.
 */
export class Backlog {
  readonly #counted = new Map<Waiting, number>();
  #octets = 0;

  constructor(private readonly octetsMax: number) {}

  /** When more waits on the stream than the operating system takes, when that has gone out, and at its end. */
  note(stream: Waiting): void {
    this.#count(stream);
    // What was counted may have gone out in part.
    if (this.#octets > this.octetsMax) for (const each of this.#counted.keys()) this.#count(each);
    while (this.#octets > this.octetsMax) this.#longest().overflow();
  }

  #count(stream: Waiting): void {
    const { waitingOctets } = stream;
    this.#octets += waitingOctets - (this.#counted.get(stream) ?? 0);
    if (waitingOctets === 0) this.#counted.delete(stream);
    else this.#counted.set(stream, waitingOctets);
  }

  #longest(): Waiting {
    let longest: Waiting | undefined;
    let most = 0;
    for (const [stream, octets] of this.#counted) {
      if (octets <= most) continue;
      longest = stream;
      most = octets;
    }
    return longest!;
  }
}
