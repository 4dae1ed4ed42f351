/** What redirect agents have said before (RFC 6733 6.1.8, 6.13, 6.14). Time is an argument. */
import type { DiameterUri } from './diameter-uri.js';
import type { RoutingAvps } from './routing-avps.js';

/** What 3006 says. */
export interface Redirection {
  /** In the order of use; not empty. */
  readonly hosts: readonly DiameterUri[];
  /** Redirect-Host-Usage; DONT_CACHE where absent. */
  readonly usage: number;
  /** Redirect-Max-Cache-Time, s. */
  readonly cacheSeconds: number | undefined;
}

type KeyOf = (request: RoutingAvps, redirectingHost: string) => string | undefined;

const keys: Readonly<Record<number, KeyOf>> = {
  1: ({ sessionId }) => sessionId && `session ${sessionId}`,
  2: ({ destinationRealm: realm }) => realm && `realm ${realm.toLowerCase()}`,
  3: ({ destinationRealm: realm, application }) => realm && `realm ${realm.toLowerCase()} ${application}`,
  4: ({ application }) => `application ${application}`,
  5: (_, redirectingHost) => `host ${redirectingHost.toLowerCase()}`,
  6: ({ userName }) => userName && `user ${userName}`,
};

/** RFC 6733 6.13: ALL_SESSION, ALL_USER, REALM_AND_APPLICATION, ALL_REALM, ALL_APPLICATION, ALL_HOST. */
const precedence = [1, 6, 3, 2, 4, 5].map((usage) => keys[usage]!);

/** Beyond this the oldest is forgotten. */
const entriesMax = 10_000;

interface Entry {
  readonly hosts: readonly DiameterUri[];
  /** ms */
  readonly until: number;
}

export class RedirectCache {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps nothing where it may not be kept, or nobody says for how long (RFC 6733 6.14). */
  store(
    request: RoutingAvps,
    redirectingHost: string,
    { hosts, usage, cacheSeconds = 0 }: Redirection,
    now: number,
  ): void {
    const key = keys[usage]?.(request, redirectingHost);
    if (key === undefined || cacheSeconds === 0) return;
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < entriesMax) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { hosts, until: now + 1000 * cacheSeconds });
  }

  find(request: RoutingAvps, nextHost: string, now: number): readonly DiameterUri[] | undefined {
    for (const keyOf of precedence) {
      const key = keyOf(request, nextHost);
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (entry === undefined) continue;
      if (now < entry.until) return entry.hosts;
      this.#entries.delete(key!);
    }
    return undefined;
  }

  /** None of the hosts could be reached: the agent is asked anew. */
  forget(hosts: readonly DiameterUri[]): void {
    for (const [key, entry] of this.#entries) if (entry.hosts === hosts) this.#entries.delete(key);
  }
}
