/** Origin-State-Id of the hosts that have said one (RFC 6733 8.16; CX-63): it grows when a host has lost its state. */

/** Anybody may connect under any name: beyond this the host that was heard of first is forgotten. */
const hostsMax = 10_000;

export class OriginStates {
  readonly #byHost = new Map<string, number>();

  /** True where the host has lost what it knew since it was heard last. */
  hasGrown(originHost: string, originStateId: number | undefined): boolean {
    // RFC 6733 8.16: a host that sends 0 wants nothing inferred.
    if (originStateId === undefined || originStateId === 0) return false;
    const host = originHost.toLowerCase();
    const before = this.#byHost.get(host);
    if (before === originStateId) return false;
    if (before === undefined && this.#byHost.size >= hostsMax) {
      this.#byHost.delete(this.#byHost.keys().next().value!);
    }
    this.#byHost.set(host, originStateId);
    return before !== undefined && originStateId > before;
  }
}
