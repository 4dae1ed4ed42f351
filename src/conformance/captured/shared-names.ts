/** Host names by which nodes call themselves in SIP and in Diameter: a CSCF may have an address for each. */

export interface SharedName {
  readonly sip: string;
  readonly diameter: string;
}

/** RFC 3261 25.1: the last label of a name begins with a letter. */
const numeric = /^[\d.]+$|:/;

type AddressesByName = Map<string, Set<string>>;

export class SharedNames {
  readonly #sip: AddressesByName = new Map();
  readonly #diameter: AddressesByName = new Map();

  /** @param host of the sender's own Via (RFC 3261 18.1.1). An address is no name */
  addSip(host: string, address: string): void {
    if (!numeric.test(host)) add(this.#sip, host, address);
  }

  /** @param originHost of who makes the request (RFC 6733 6.3) */
  addDiameter(originHost: string, address: string): void {
    add(this.#diameter, originHost, address);
  }

  /** Addresses of one name: a name that several addresses have may be one of a domain or of a cluster, and tells nothing. */
  shared(): readonly SharedName[] {
    return [...this.#diameter].flatMap(([name, [diameter, another]]) => {
      const [sip, other] = this.#sip.get(name) ?? [];
      if (sip === undefined || diameter === undefined || another !== undefined || other !== undefined) return [];
      return sip === diameter ? [] : [{ sip, diameter }];
    });
  }
}

function add(names: AddressesByName, name: string, address: string): void {
  const key = name.toLowerCase();
  const known = names.get(key);
  if (known === undefined) names.set(key, new Set([address]));
  else known.add(address);
}
