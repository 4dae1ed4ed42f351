/** Which addresses nodes have where the topology leaves it open, and the addresses of the simulated environment. */
import { isUe, type Lab, type LabNode } from './lab.js';
import { isIpv6, isLoopback } from './numeric-address.js';
import type { Listen } from './scalars.js';

/** RTP of a UE, RTCP on the port above. Below the ephemeral ports of Linux and Windows, so that no other program has it by chance. */
const RTP_PORT_FIRST = 20_000;

/** Port of the first UE that shares its P-CSCF's address. */
const SHARED_PORT_FIRST = 5101;

/**
 * The address of a UE that names none: on IPv4 loopback the P-CSCF's network with 11, 12, … in the last place, port
 * 5060; anywhere else (`::1` has no neighbours) the P-CSCF's own address with the ports 5101, 5102, …
 */
export function addressForUe(proxy: Listen, taken: ReadonlySet<string>): readonly Listen[] {
  const candidate = proxy.address.startsWith('127.') ? loopbackNeighbour(proxy.address, taken) : undefined;
  const address = candidate ?? proxy.address;
  let port = candidate === undefined ? SHARED_PORT_FIRST : 5060;
  while (candidate === undefined && taken.has(hostKey(address, port))) port++;
  return [
    { protocol: 'udp', address, port },
    { protocol: 'tcp', address, port },
  ];
}

function loopbackNeighbour(address: string, taken: ReadonlySet<string>): string | undefined {
  const network = address.slice(0, address.lastIndexOf('.'));
  for (let host = 11; host < 255; host++) {
    const neighbour = `${network}.${host}`;
    if (!taken.has(neighbour)) return neighbour;
  }
  return undefined;
}

/** What `taken` holds of a listen entry: the address, and the address with its port. */
export function takenKeys({ address, port }: Listen): readonly string[] {
  return [address, hostKey(address, port)];
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
  readonly name: string;
  readonly role: string;
  readonly external: boolean;
  readonly listen: readonly Listen[];
}

/** The same nodes with other addresses; ports stay. */
type Readdress = <TNode extends Addressed>(node: TNode) => TNode;

/**
 * Distinct documentation addresses in the topology's order (RFC 5737, RFC 3849): core nodes 192.0.2.1, … and
 * 2001:db8::1, …; UEs 198.51.100.1, … and 2001:db8:1::1, …. Beyond 254 of a kind the benchmark network 198.18.0.0/15.
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
    return { ...node, listen };
  };
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
