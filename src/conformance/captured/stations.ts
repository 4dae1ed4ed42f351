/** The ends of captured messages, and which of them are one node: what each was seen to do. */
import type { Endpoint } from '../../environment/index.js';
import { hostPort } from '../../sip/index.js';
import type { Role } from '../rule.js';
import type { Evidence } from './evidence.js';

/** An address and port that something was sent from or to. */
export class Station {
  /** By role, the strongest that was seen; the first of equal ones. */
  readonly #evidence = new Map<Role, { readonly strength: number; readonly reason: string; count: number }>();
  /** Passes Diameter requests on (RFC 6733 6.1): what it sends is not its own. */
  isAgent = false;

  constructor(
    readonly endpoint: Endpoint,
    /** In the order in which they were seen. */
    readonly number: number,
  ) {}

  add({ role, strength, reason }: Evidence): void {
    const known = this.#evidence.get(role);
    if (known !== undefined && known.strength >= strength) known.count += 1;
    else this.#evidence.set(role, { strength, reason, count: 1 });
  }

  /** Those of the strongest evidence: more than one where it plays several parts. */
  get roles(): readonly Role[] {
    if (this.isAgent) return [];
    const strongest = Math.max(0, ...[...this.#evidence.values()].map(({ strength }) => strength));
    return [...this.#evidence].flatMap(([role, { strength }]) => (strength === strongest ? [role] : []));
  }

  strengthOf(role: Role): number {
    return this.#evidence.get(role)?.strength ?? 0;
  }

  reasonOf(role: Role): string | undefined {
    return this.#evidence.get(role)?.reason;
  }
}

export class Stations {
  readonly #byEndpoint = new Map<string, Station>();

  at(endpoint: Endpoint): Station {
    const key = hostPort(endpoint.address, endpoint.port);
    let station = this.#byEndpoint.get(key);
    if (station === undefined) {
      station = new Station(endpoint, this.#byEndpoint.size);
      this.#byEndpoint.set(key, station);
    }
    return station;
  }

  /** In the order in which they were seen. */
  get all(): readonly Station[] {
    return [...this.#byEndpoint.values()];
  }
}
