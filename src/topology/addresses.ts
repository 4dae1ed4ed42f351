/** Which addresses nodes have where the topology leaves it open, and the addresses of the simulated environment. */
import { addressOctets, addressText } from '../address-octets.js';
import { isUe, type Lab, type LabNode } from './lab.js';
import { isIpv6, isLoopback } from './numeric-address.js';
import type { Listen } from './scalars.js';

/** RTP of a UE, RTCP on the port above. Below the ephemeral ports of Linux and Windows, so that no other program has it by chance. */
const RTP_PORT_FIRST = 20_000;

/** Port of the first UE that shares its P-CSCF's address; the last one has an RTP port below 65536. */
const SHARED_PORT_FIRST = 5101;
const SHARED_PORT_LAST = SHARED_PORT_FIRST + 11_382;

/** The addresses of a topology, and those of UEs that name none. */
export class UeAddresses {
  readonly #taken = new Set<string>();
  /** Where to go on looking, by the P-CSCF's address. */
  readonly #nextHost = new Map<string, number>();
  readonly #nextPort = new Map<string, number>();

  take(entries: readonly Listen[]): void {
    for (const { address, port } of entries) {
      this.#taken.add(address);
      this.#taken.add(hostKey(address, port));
    }
  }

  /**
   * On IPv4 loopback the P-CSCF's network with 11, 12, … in the last place, then the networks that follow, port 5060;
   * anywhere else (`::1` has no neighbours) the P-CSCF's own address with the ports 5101, 5102, … Undefined: none is left.
   */
  behind({ address: proxy }: Listen): readonly Listen[] | undefined {
    const neighbour = proxy.startsWith('127.') ? this.#loopbackNeighbour(proxy) : undefined;
    const address = neighbour ?? proxy;
    const port = neighbour === undefined ? this.#sharedPort(proxy) : 5060;
    if (port === undefined) return undefined;
    const listen: readonly Listen[] = [
      { protocol: 'udp', address, port },
      { protocol: 'tcp', address, port },
    ];
    this.take(listen);
    return listen;
  }

  #loopbackNeighbour(proxy: string): string | undefined {
    const octets = addressOctets(proxy)!;
    octets[3] = 11;
    for (let host = this.#nextHost.get(proxy) ?? octets.readUIntBE(1, 3); host < 2 ** 24; host++) {
      octets.writeUIntBE(host, 1, 3);
      const neighbour = addressText(octets);
      const last = octets[3];
      if (last === 0 || last === 255 || this.#taken.has(neighbour)) continue;
      this.#nextHost.set(proxy, host + 1);
      return neighbour;
    }
    return undefined;
  }

  #sharedPort(proxy: string): number | undefined {
    let port = this.#nextPort.get(proxy) ?? SHARED_PORT_FIRST;
    while (this.#taken.has(hostKey(proxy, port))) port++;
    this.#nextPort.set(proxy, port + 1);
    return port > SHARED_PORT_LAST ? undefined : port;
  }
}

function hostKey(address: string, port: number): string {
  return `${address} ${port}`;
}

/** RTP ports from 20000 up, four apart, for UEs that share an address. */
export function withRtpPorts(nodes: readonly LabNode[]): readonly LabNode[] {
  const counts = new Map<string, number>();
  return nodes.map((node) => {
    if (!isUe(node)) return node;
    const address = node.listen[0]?.address ?? '';
    const earlier = counts.get(address) ?? 0;
    counts.set(address, earlier + 1);
    return { ...node, rtpPort: RTP_PORT_FIRST + 4 * earlier };
  });
}

/** The lab with other addresses. */
export function readdressed(lab: Lab, readdress: Readdress): Lab {
  return { ...lab, nodes: withRtpPorts(lab.nodes.map(readdress)) };
}

interface Addressed {
  /** Of a UE behind a translator. */
  readonly nat?: { readonly address: string; readonly mappingMs: number } | undefined;
  readonly name: string;
  readonly role: string;
  readonly external: boolean;
  readonly listen: readonly Listen[];
}

/** The same nodes with other addresses; ports stay. */
type Readdress = <TNode extends Addressed>(node: TNode) => TNode;

/**
 * Distinct documentation addresses in the topology's order (RFC 5737, RFC 3849): core nodes 192.0.2.1, … and
 * 2001:db8::1, …; UEs 198.51.100.1, … and 2001:db8:1::1, …; translators 203.0.113.1, … and 2001:db8:2::1, …. Beyond 254 of a kind the benchmark network 198.18.0.0/15.
 */
export function simulatedAddresses(): Readdress {
  const counts = new Map<string, number>();
  const next = (prefix: string): number => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return count;
  };
  const draw = (isUe: boolean, ipv6: boolean): string => {
    if (ipv6) {
      const prefix = isUe ? '2001:db8:1::' : '2001:db8::';
      return prefix + next(prefix).toString(16);
    }
    const prefix = isUe ? '198.51.100.' : '192.0.2.';
    const count = next(prefix);
    if (count <= 254) return prefix + count;
    const rest = next('198.18.');
    return `198.${18 + (rest >> 16)}.${(rest >> 8) & 255}.${rest & 255}`;
  };
  /** By the address in the file: UEs may share a translator. */
  const translators = new Map<string, string>();
  const translatorAt = (address: string): string => {
    let drawn = translators.get(address);
    if (drawn === undefined) {
      const prefix = isIpv6(address) ? '2001:db8:2::' : '203.0.113.';
      const count = next(prefix);
      drawn = prefix + (isIpv6(address) ? count.toString(16) : count);
      translators.set(address, drawn);
    }
    return drawn;
  };
  return (node) => {
    const own = new Map<string, string>();
    const listen = node.listen.map((entry) => {
      let address = own.get(entry.address);
      if (address === undefined) {
        address = draw(node.role === 'ue', isIpv6(entry.address));
        own.set(entry.address, address);
      }
      return { ...entry, address };
    });
    const { nat } = node;
    return nat === undefined
      ? { ...node, listen }
      : { ...node, listen, nat: { ...nat, address: translatorAt(nat.address) } };
  };
}

/** What a UE behind a translator calls its own address is on no network: the translator’s has to be there. */
function atOneTranslator<TNode extends Addressed>(node: TNode, hasAddress: (address: string) => boolean): TNode {
  const { nat } = node;
  if (nat === undefined || !isLoopback(nat.address) || hasAddress(nat.address)) return node;
  return { ...node, nat: { ...nat, address: '127.0.0.1' } };
}

/**
 * For a machine that lacks loopback aliases (macOS has 127.0.0.1 only): nodes at missing addresses move to 127.0.0.1, each with a port of its own.
 * @param hasAddress whether this machine can bind the address
 * @param onMove told of each node that moved
 */
export function singleLoopback(
  nodes: readonly Addressed[],
  hasAddress: (address: string) => boolean,
  onMove: (node: Addressed, listen: readonly Listen[]) => void,
): Readdress {
  const taken = new Set<string>();
  for (const { listen } of nodes) for (const { address, port } of listen) taken.add(hostKey(address, port));
  return (node) => {
    const misses = (entry: Listen): boolean =>
      !node.external && isLoopback(entry.address) && !hasAddress(entry.address);
    if (node.nat !== undefined) return atOneTranslator(node, hasAddress);
    if (!node.listen.some(misses)) return node;
    const ports = new Map<number, number>();
    const listen = node.listen.map((entry) => {
      if (!misses(entry)) return entry;
      let port = ports.get(entry.port);
      if (port === undefined) {
        port = entry.port;
        while (taken.has(hostKey('127.0.0.1', port))) port += 2;
        taken.add(hostKey('127.0.0.1', port));
        ports.set(entry.port, port);
      }
      return { ...entry, address: '127.0.0.1', port };
    });
    onMove(node, listen);
    return { ...node, listen };
  };
}
