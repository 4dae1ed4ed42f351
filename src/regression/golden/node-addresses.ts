/** Which node an address of a message belongs to, learnt from who sent and received. */
import type { Endpoint } from '../../environment/index.js';

const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\d.])/g;
const IPV6 = /\[[0-9a-fA-F:.]+\](?::\d{1,5})?/g;
/** The port after a host name in a URI or Via. */
const PORT = /([A-Za-z0-9\]]):\d{1,5}(?=$|[;>?,\s"])/g;

export class NodeAddresses {
  readonly #byEndpoint = new Map<string, string>();
  readonly #byAddress = new Map<string, string | undefined>();

  learn({ address, port }: Endpoint, node: string): void {
    this.#byEndpoint.set(`${address} ${port}`, node);
    const known = this.#byAddress.get(address);
    // Nodes that share an address are told apart by their ports.
    this.#byAddress.set(address, this.#byAddress.has(address) && known !== node ? undefined : node);
  }

  /** The node, or the address itself where nobody has spoken from it. */
  nodeAt(address: string, port: number | undefined): string {
    const exact = port === undefined ? undefined : this.#byEndpoint.get(`${address} ${port}`);
    return exact ?? this.#byAddress.get(address) ?? address;
  }

  /** A text with nodes in place of addresses, and without ports. */
  replaceIn(text: string): string {
    return text
      .replace(IPV6, (host) => {
        const close = host.indexOf(']');
        return this.nodeAt(host.slice(1, close), portOf(host.slice(close + 1)));
      })
      .replace(IPV4, (host) => {
        const [address, port] = host.split(':');
        return this.nodeAt(address!, port === undefined ? undefined : Number(port));
      })
      .replace(PORT, '$1');
  }
}

function portOf(text: string): number | undefined {
  return text === '' ? undefined : Number(text.slice(1));
}
