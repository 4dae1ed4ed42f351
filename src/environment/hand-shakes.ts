/** Connections on which TLS does not stand yet, at one listener: a bounded number, which nobody takes for himself. SIP-62. */

/** At a listener. */
const handShakesMax = 1_000;

export class HandShakes<Stream extends { destroy(): void }> {
  /** In order of coming, by numeric address. */
  readonly #byAddress = new Map<string, Set<Stream>>();
  #count = 0;

  /** One more is under way. Where there are too many, the oldest of the address that has most of them makes room. */
  begin(address: string, stream: Stream): void {
    const own = this.#byAddress.get(address);
    if (own === undefined) this.#byAddress.set(address, new Set([stream]));
    else own.add(stream);
    this.#count++;
    if (this.#count > handShakesMax) this.#makeRoom();
  }

  /** It has succeeded or failed; of no consequence where that is known. */
  end(address: string, stream: Stream): void {
    const own = this.#byAddress.get(address);
    if (own?.delete(stream) !== true) return;
    this.#count--;
    if (own.size === 0) this.#byAddress.delete(address);
  }

  #makeRoom(): void {
    let address = '';
    let most: ReadonlySet<Stream> = new Set();
    for (const [each, streams] of this.#byAddress) {
      if (streams.size > most.size) [address, most] = [each, streams];
    }
    const [oldest] = most;
    this.end(address, oldest!);
    oldest!.destroy();
  }
}
