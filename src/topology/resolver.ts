/** RFC 3263 without a DNS (SIP-26, SIP-72): names are the topology's, those of its nodes and those that it has records of. */
import { bracketed } from '../address-octets.js';
import { type Destination, defaultPortOf, detached, type Resolver, type SipProtocol } from '../sip/index.js';
import type { Lab, LabListen, LabNode } from './lab.js';
import { findNode } from './lab-nodes.js';
import { type HostLookup, NameTable } from './name-records.js';
import { isIpv6, readHost } from './numeric-address.js';

const SIP_PORT = 5060;
const withoutSip: ReadonlySet<string> = new Set(['hss', 'dra', 'slf']);

/** `scscf1.ims.mnc001.mcc001.3gppnetwork.org` */
export function hostName({ name }: { readonly name: string }, home: string): string {
  return `${name}.${home}`;
}

/** An S-CSCF's Server-Name: its host name and the port of its preferred transport. */
export function serverName(node: LabNode, home: string): string {
  return `sip:${hostName(node, home)}:${pick(node.listen, undefined, preferred)?.port ?? SIP_PORT}`;
}

/**
 * The resolver of one node: numeric hosts as they are, the home domain as the I-CSCFs in the topology's order, a node's
 * host name as that node. Each node gives one destination, of an address family that the asking node has, and where the URI says
 * no transport, of one that it has (RFC 3263 4.1). Records go first.
 */
export function resolverFor(asking: LabNode, lab: Lab): Resolver {
  const families = new Set(asking.listen.map(({ address }) => isIpv6(address)));
  const protocols = protocolsOf(asking);
  // Records may take turns, each node for itself.
  if (Object.keys(lab.names).length > 0) return resolverOf(families, protocols, lab);
  let known = resolvers.get(lab);
  if (known === undefined) {
    known = new Map();
    resolvers.set(lab, known);
  }
  const key = [...[...families].sort(), ...protocols].join();
  let resolver = known.get(key);
  if (resolver === undefined) {
    resolver = remembering(resolverOf(families, protocols, lab));
    known.set(key, resolver);
  }
  return resolver;
}

/** Of labs without records, by what the asking node listens on: a topology stays as it is, and so does what is found in it. */
const resolvers = new WeakMap<Lab, Map<string, Resolver>>();

function resolverOf(families: ReadonlySet<boolean>, protocols: readonly SipProtocol[], lab: Lab): Resolver {
  const entries = lab.nodes.filter(({ role }) => role === 'i-cscf');
  const suffix = `.${lab.home}`;
  const named = (host: string): readonly LabNode[] => {
    if (host === lab.home) return entries;
    const node = host.endsWith(suffix) ? findNode(lab, host.slice(0, -suffix.length)) : undefined;
    return node === undefined || withoutSip.has(node.role) ? [] : [node];
  };
  const nodesAt: HostLookup = (host, port, transport) =>
    named(host).flatMap((node) => {
      const reachable = node.listen.filter(({ address }) => families.has(isIpv6(address)));
      const wanted = wantedProtocol(transport);
      const entry = pick(reachable, port, wanted === undefined ? [...protocols, ...preferred] : [wanted]);
      return entry === undefined ? [] : [toDestination(entry)];
    });
  const reaches = (address: string): boolean => families.has(isIpv6(address));
  const hasRecords = Object.keys(lab.names).length > 0;
  const records = hasRecords ? new NameTable(lab.names, reaches, nodesAt, protocols) : undefined;
  const numericHost = hostReader();
  return (host, port, transport, isQuestion) => {
    const numeric = numericHost(host);
    if (numeric !== undefined) {
      const protocol = wantedProtocol(transport) ?? protocols[0]!;
      return [{ protocol, endpoint: { address: numeric, port: port ?? defaultPortOf(protocol) } }];
    }
    const name = host.toLowerCase();
    if (records === undefined) return nodesAt(name, port, transport);
    const known = isQuestion === true ? records.all(name, port) : records.resolve(name, port, transport?.toLowerCase());
    return known ?? nodesAt(name, port, transport);
  };
}

/** Likeliest first: UDP where a node has it (SIP-20 moves large requests to TCP). */
const preferred: readonly SipProtocol[] = ['udp', 'tcp', 'tls'];

/** What a node can send over. */
function protocolsOf({ listen }: LabNode): readonly SipProtocol[] {
  const own = preferred.filter((protocol) => listen.some((entry) => entry.protocol === protocol));
  return own.length > 0 ? own : preferred;
}

/** Where `asking` sends first; by a transport that it has, unless there is none. */
export function preferredDestination(node: LabNode, asking: LabNode): Destination | undefined {
  const entry = pick(node.listen, undefined, [...protocolsOf(asking), ...preferred]);
  return entry === undefined ? undefined : toDestination(entry);
}

/** Where a node takes TLS. */
export function securedDestination(node: LabNode): Destination | undefined {
  const entry = pick(node.listen, undefined, ['tls']);
  return entry === undefined ? undefined : toDestination(entry);
}

/** @param wanted likeliest first */
function pick(
  entries: readonly LabListen[],
  port: number | undefined,
  wanted: readonly SipProtocol[],
): LabListen | undefined {
  for (const protocol of wanted) {
    const found = entries.find((entry) => entry.protocol === protocol && entry.port === (port ?? entry.port));
    if (found !== undefined) return found;
  }
  return undefined;
}

function toDestination({ protocol, address, port }: LabListen): Destination {
  return { protocol, endpoint: { address, port } };
}

function wantedProtocol(transport: string | undefined): SipProtocol | undefined {
  const lower = transport?.toLowerCase();
  return lower === 'udp' || lower === 'tcp' || lower === 'tls' ? lower : undefined;
}

/** Hosts recur with every message; the table is emptied when strangers fill it. */
const HOSTS_MAX = 4096;

/** What was found for a host last, and with what it was asked for. */
interface Found {
  readonly port: number | undefined;
  readonly transport: string | undefined;
  readonly destinations: readonly Destination[];
}

function remembering(resolve: Resolver): Resolver {
  const found = new Map<string, Found>();
  return (host, port, transport) => {
    const known = found.get(host);
    if (known !== undefined && known.port === port && known.transport === transport) return known.destinations;
    const destinations = resolve(host, port, transport);
    if (found.size >= HOSTS_MAX) found.clear();
    // A copy of the host: the one in a message would keep all of it.
    found.set(detached(host), { port, transport: transport && detached(transport), destinations });
    return destinations;
  };
}

/** Reads a host as it stands in a URI, IPv6 with or without brackets. */
function hostReader(): (host: string) => string | undefined {
  const read = new Map<string, string | undefined>();
  return (host) => {
    if (read.has(host)) return read.get(host);
    if (read.size >= HOSTS_MAX) read.clear();
    const address = readHost(bracketed(host));
    read.set(host, address);
    return address;
  };
}
