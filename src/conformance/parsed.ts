/**
 * What has been read out of messages takes three times the room of their octets. It is kept of those that were read last, and read
 * again where a rule looks further back, as it does only in a crowd.
 */

/** Some 8 MB. Ten times as many kept most of what a crowd reads alive until a full garbage collection. */
const parsedMax = 2_000;

/** A message that can be read again. */
export interface Parsed {
  forgetParsed(): void;
}

export class ParsedMessages {
  readonly #kept: Parsed[] = [];
  /** Where the one is that has been kept for longest. */
  #oldest = 0;

  /** It has been read just now. */
  keep(parsed: Parsed): void {
    if (this.#kept.length < parsedMax) {
      this.#kept.push(parsed);
      return;
    }
    this.#kept[this.#oldest]!.forgetParsed();
    this.#kept[this.#oldest] = parsed;
    this.#oldest = (this.#oldest + 1) % parsedMax;
  }
}
