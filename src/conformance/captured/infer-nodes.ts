/**
 * Who is who in a capture, from its messages alone: REGISTER with its Vias and Path, and who asks the HSS. A node whose part
 * nobody can tell has none, and rules for parts are not held against it.
 */
import type { Endpoint } from '../../environment/index.js';
import { parseSecurityMechanisms } from '../../ipsec/index.js';
import { hostPort, parseMessage, SipParseError, type SipRequest, type SipResponse, type Uri } from '../../sip/index.js';
import { DiameterMessage } from '../diameter-message.js';
import type { Role } from '../rule.js';
import { evidenceOfQuery, evidenceOfRequest, type WireMessage } from './evidence.js';
import { SharedNames } from './shared-names.js';
import { type Station, Stations } from './stations.js';

export interface InferredNode {
  /** `pcscf1`; of a node whose part is unknown, its address. */
  readonly name: string;
  readonly role: Role | undefined;
  /** An address alone: all ports that are not another node's. */
  readonly addresses: readonly string[];
  /** What it was seen to do, with the clause. */
  readonly reason: string;
}

export interface InferredNetwork {
  readonly nodes: readonly InferredNode[];
  /** Domains that UEs register at, the most frequent first. */
  readonly homes: readonly string[];
}

/** @param messages whole SIP and Diameter messages, in order; others are passed over */
export function inferNetwork(messages: Iterable<WireMessage>): InferredNetwork {
  const inference = new Inference();
  for (const message of messages) inference.add(message);
  return { nodes: inference.nodes(), homes: inference.homes() };
}

const names: Readonly<Record<Role, string>> = {
  ue: 'ue',
  'p-cscf': 'pcscf',
  'i-cscf': 'icscf',
  's-cscf': 'scscf',
  hss: 'hss',
  as: 'as',
};

/** Ends of one node, by address. */
interface Group {
  readonly role: Role | undefined;
  readonly stations: Station[];
  reason: string;
}

class Inference {
  readonly #stations = new Stations();
  /** Where a request arrived, by the branch of its top Via and its method. */
  readonly #arrivals = new Map<string, Endpoint>();
  /** Addresses of one node, by either of them. */
  readonly #sameNode = new Map<string, string>();
  /** Diameter requests by who made them and their End-to-End identifier: where they arrived. */
  readonly #queries = new Map<string, Endpoint>();
  readonly #names = new SharedNames();
  readonly #homes = new Map<string, number>();

  add(message: WireMessage): void {
    const first = message.bytes[0];
    if (first === 1) {
      const query = DiameterMessage.read(message.bytes);
      if (query !== undefined) this.#addQuery(query, message);
      return;
    }
    const sip = parseMessage(message.bytes, { stream: message.transport === 'tcp' });
    if (sip instanceof SipParseError) return;
    if (sip.kind === 'request') this.#addRequest(sip, message);
    else if (sip.cseq.method === 'REGISTER') this.#addSecurityPorts(sip, message.from, 'Security-Server');
  }

  homes(): readonly string[] {
    return [...this.#homes].toSorted((a, b) => b[1] - a[1]).map(([home]) => home);
  }

  #addRequest(request: SipRequest, { from, to }: WireMessage): void {
    for (const evidence of evidenceOfRequest(request)) {
      this.#stations.at(evidence.at === 'from' ? from : to).add(evidence);
      if (evidence.role === 'ue') this.#addSecurityPorts(request, from, 'Security-Client');
      // The I-CSCF puts the S-CSCF in its place.
      if (evidence.role === 'ue' || (evidence.role === 'p-cscf' && evidence.at === 'from')) this.#addHome(request.uri);
    }
    this.#join(request, from, to);
  }

  #addHome({ host }: Uri): void {
    if (host !== '') this.#homes.set(host, (this.#homes.get(host) ?? 0) + 1);
  }

  /** RFC 3261 16.6: who adds a Via to a request has received it, maybe at another of its addresses. */
  #join({ vias, method }: SipRequest, from: Endpoint, to: Endpoint): void {
    const [own, before] = vias;
    if (own !== undefined) this.#names.addSip(own.host, from.address);
    const arrived = before?.branch === undefined ? undefined : this.#arrivals.get(`${method} ${before.branch}`);
    if (arrived !== undefined && arrived.address !== from.address) this.#sameNode.set(from.address, arrived.address);
    if (own?.branch !== undefined) this.#arrivals.set(`${method} ${own.branch}`, to);
  }

  /** TS 33.203 7.1: the ports of the associations are those of who names them. */
  #addSecurityPorts(message: SipRequest | SipResponse, at: Endpoint, header: string): void {
    if (!message.has(header)) return;
    const station = this.#stations.at(at);
    for (const { parameters } of parseSecurityMechanisms(message.headers(header))) {
      for (const name of ['port-c', 'port-s']) {
        const port = Number(parameters.get(name));
        if (!(port > 0 && port < 65_536)) continue;
        const other = this.#stations.at({ address: at.address, port });
        for (const role of station.roles) {
          other.add({ at: 'from', role, strength: station.strengthOf(role), reason: station.reasonOf(role) ?? '' });
        }
      }
    }
  }

  #addQuery(query: DiameterMessage, { from, to }: WireMessage): void {
    if (!query.isRequest) {
      // RFC 6733 6.1.8: an agent that tells where to ask answers nothing itself.
      if (query.resultCode === redirectIndication) this.#stations.at(from).isAgent = true;
      return;
    }
    const evidence = evidenceOfQuery(query);
    if (evidence.length === 0) return;
    for (const each of evidence) this.#stations.at(each.at === 'from' ? from : to).add(each);
    const key = `${query.avps.text('Origin-Host')} ${query.endToEnd} ${query.name}`;
    const arrived = this.#queries.get(key);
    // RFC 6733 6.1.9: the request of another, and one that has been seen before its sender got it.
    const isPassedOn = query.avps.has('Route-Record') || arrived?.address === from.address;
    if (isPassedOn) this.#stations.at(from).isAgent = true;
    if (arrived?.address === from.address) this.#stations.at(arrived).isAgent = true;
    if (!isPassedOn) this.#names.addDiameter(query.avps.text('Origin-Host') ?? '', from.address);
    this.#queries.set(key, to);
  }

  nodes(): readonly InferredNode[] {
    this.#joinNames();
    const groups = this.#groups();
    const shares = groupCounts(groups);
    const counts = new Map<Role, number>();
    return groups.map(({ role, stations, reason }) => {
      const addresses = addressesOf(stations, shares);
      if (role === undefined) return { name: addresses[0]!, role, addresses, reason };
      const count = (counts.get(role) ?? 0) + 1;
      counts.set(role, count);
      return { name: `${names[role]}${count}`, role, addresses, reason };
    });
  }

  /** Who has one name and one part in SIP and in Diameter is one node, whatever its addresses. */
  #joinNames(): void {
    for (const { sip, diameter } of this.#names.shared()) {
      const [asked, others] = [this.#partsOf(diameter), this.#partsOf(sip)];
      const [host, other] = [this.#hostOf(sip), this.#hostOf(diameter)];
      if (host !== other && asked.length === 1 && others.includes(asked[0]!)) this.#sameNode.set(other, host);
    }
  }

  /** None of an agent. */
  #partsOf(address: string): readonly Role[] {
    const stations = this.#stations.all.filter(({ endpoint }) => endpoint.address === address);
    if (stations.some(({ isAgent }) => isAgent)) return [];
    return [...new Set(stations.flatMap(({ roles }) => roles))];
  }

  /** Of one host with one part all ports are one node; where it has several parts each of its ports is of the part it plays. */
  #groups(): readonly Group[] {
    const byHost = new Map<string, Station[]>();
    for (const station of this.#stations.all) {
      const host = this.#hostOf(station.endpoint.address);
      const stations = byHost.get(host);
      if (stations === undefined) byHost.set(host, [station]);
      else stations.push(station);
    }
    return [...byHost.values()].flatMap(groupsOfHost);
  }

  #hostOf(address: string): string {
    let host = address;
    for (const seen = new Set<string>(); this.#sameNode.has(host) && !seen.has(host); ) {
      seen.add(host);
      host = this.#sameNode.get(host)!;
    }
    return host;
  }
}

/** RFC 6733 7.1.3. */
const redirectIndication = 3006;

function groupsOfHost(stations: readonly Station[]): readonly Group[] {
  const groups = new Map<Role | undefined, Group>();
  if (stations.some(({ isAgent }) => isAgent)) return [unknown(stations, 'passes Diameter requests on, RFC 6733 6.1')];
  for (const station of stations) {
    const { roles } = station;
    const role = roles.length === 1 ? roles[0] : undefined;
    if (roles.length > 1) return [unknown(stations, `plays several parts at one port: ${roles.join(', ')}`)];
    const group = groups.get(role);
    if (group !== undefined) group.stations.push(station);
    else groups.set(role, { role, stations: [station], reason: role === undefined ? '' : station.reasonOf(role)! });
  }
  return [...groups.values()].filter(({ role }) => role !== undefined);
}

function unknown(stations: readonly Station[], reason: string): Group {
  return { role: undefined, stations: [...stations], reason };
}

/** How many groups each address belongs to. */
function groupCounts(groups: readonly Group[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { stations } of groups) {
    for (const address of new Set(stations.map(({ endpoint }) => endpoint.address))) {
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  return counts;
}

function addressesOf(stations: readonly Station[], counts: ReadonlyMap<string, number>): readonly string[] {
  const texts = stations.map(({ endpoint: { address, port } }) =>
    counts.get(address) === 1 ? address : hostPort(address, port),
  );
  return [...new Set(texts)];
}
