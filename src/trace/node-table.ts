/** Which node owns an address, as the topology gives it. */
import type { Endpoint } from '../environment/index.js';

export interface TraceNode {
  readonly name: string;
  /** Each a numeric address, or one with a port (`127.0.0.1:5060`, `[::1]:5060`) where nodes share an address. */
  readonly addresses: readonly string[];
}

/** The owners of one address: of single ports, and of all others. */
interface Owners {
  anyPort: string | undefined;
  readonly ports: Map<number, string>;
}

export class NodeTable {
  /** In the topology's order; ladders draw their columns in it. */
  readonly names: readonly string[];
  readonly #owners = new Map<string, Owners>();
  readonly #ranks = new Map<string, number>();

  constructor(nodes: readonly TraceNode[]) {
    this.names = nodes.map((node) => node.name);
    for (const { name, addresses } of nodes) {
      this.#ranks.set(name, this.#ranks.size);
      for (const address of addresses) this.learn(name, address);
    }
  }

  /** From now on `address` (with or without a port) is `name`'s, such as a port that a node was given when it bound. */
  learn(name: string, address: string): void {
    const bracket = address.lastIndexOf(']');
    const colon = address.indexOf(':', bracket + 1);
    const hasPort = bracket >= 0 ? colon > bracket : colon >= 0 && colon === address.lastIndexOf(':');
    const host = hasPort ? address.slice(0, colon) : address;
    const owners = this.#ownersOf(host.startsWith('[') ? host.slice(1, -1) : host);
    if (hasPort) owners.ports.set(Number(address.slice(colon + 1)), name);
    else owners.anyPort = name;
  }

  /** The node's name, where port and address or the address alone are known; else the address as text. */
  nameOf({ address, port }: Endpoint): string {
    const owners = this.#owners.get(address);
    return owners?.ports.get(port) ?? owners?.anyPort ?? address;
  }

  has(name: string): boolean {
    return this.#ranks.has(name);
  }

  /** `ue1–pcscf1`, the same for both directions: the topology's order, unknown addresses last. */
  linkName(a: Endpoint, b: Endpoint): string {
    const first = this.nameOf(a);
    const second = this.nameOf(b);
    const order = this.#rank(first) - this.#rank(second);
    return order < 0 || (order === 0 && first <= second) ? `${first}–${second}` : `${second}–${first}`;
  }

  #ownersOf(address: string): Owners {
    let owners = this.#owners.get(address);
    if (owners === undefined) {
      owners = { anyPort: undefined, ports: new Map() };
      this.#owners.set(address, owners);
    }
    return owners;
  }

  #rank(name: string): number {
    return this.#ranks.get(name) ?? this.#ranks.size;
  }
}
