/** What each network function is given, from the lab's plain data. */
import type { Endpoint } from '../environment/index.js';
import type { AsConfig } from '../ims/as/config.js';
import type { DiameterConfig } from '../ims/diameter-config.js';
import type { DraConfig } from '../ims/dra/config.js';
import type { HssConfig } from '../ims/hss/config.js';
import type { HssFunction } from '../ims/hss/hss.js';
import { MemoryStore } from '../ims/hss/memory-store.js';
import type { SubscriberStore } from '../ims/hss/store.js';
import type { IcscfConfig } from '../ims/icscf/config.js';
import type { PcscfConfig } from '../ims/pcscf/config.js';
import type { ScscfConfig } from '../ims/scscf/config.js';
import type { SlfConfig, SubscriberDatabase } from '../ims/slf/config.js';
import type { InitialFilterCriterion } from '../ims/subscription/filter-criteria.js';
import type { UeConfig } from '../ims/ue/config.js';
import { type Destination, hostPort, type ListenPoint, type TlsSettings } from '../sip/index.js';
import { originHostOf, reachFrom, redirectConfig } from './agents.js';
import type {
  AsNode,
  DraNode,
  ExternalNode,
  HssNode,
  IcscfNode,
  Lab,
  LabNode,
  LabUe,
  PcscfNode,
  RunNode,
  ScscfNode,
  SlfNode,
} from './lab.js';
import { findNode } from './lab-nodes.js';
import { isIpv6 } from './numeric-address.js';
import { hostName, preferredDestination, resolverFor, securedDestination, serverName } from './resolver.js';
import { shSettings } from './sh-schema.js';
import type { TlsFiles } from './tls-files.js';

export function pcscfConfig(node: PcscfNode, lab: Lab): PcscfConfig {
  const { access, security } = node.operator;
  return {
    listen: listenPoints(node),
    resolve: resolverFor(node, lab),
    networkIdentifier: node.network,
    homeDomain: lab.home,
    trusted: access.trusted,
    security,
    subscribe: access.subscribe,
    keepAlive: access.keepAliveMs === undefined ? undefined : Math.round(access.keepAliveMs / 1000),
    tls: tlsSettings(node, lab),
    datagramSizeMax: node.operator.datagramSizeMax,
    requestsMax: node.operator.requestsMax,
  };
}

export function icscfConfig(node: IcscfNode, lab: Lab): IcscfConfig {
  return {
    listen: listenPoints(node),
    resolve: resolverFor(node, lab),
    homeDomain: lab.home,
    trustedAddresses: trustedAddresses(lab),
    diameter: diameterClient(node, lab),
    servingCandidates: lab.nodes.filter(isServing).map((candidate) => ({
      serverName: serverName(candidate, lab.home),
      capabilities: [...candidate.capabilities.mandatory, ...candidate.capabilities.optional],
    })),
    tls: tlsSettings(node, lab),
    datagramSizeMax: node.operator.datagramSizeMax,
    requestsMax: node.operator.requestsMax,
  };
}

/** TS 24.229 §4.4: the network's own nodes, those of equipment that imslab does not run too; a UE is none of them. */
function trustedAddresses({ nodes }: Lab): ReadonlySet<string> {
  return new Set(
    nodes.filter(({ role }) => role !== 'ue').flatMap(({ listen }) => listen.map(({ address }) => address)),
  );
}

export function scscfConfig(node: ScscfNode, lab: Lab): ScscfConfig {
  return {
    listen: listenPoints(node),
    resolve: resolverFor(node, lab),
    homeDomain: lab.home,
    trustedAddresses: trustedAddresses(lab),
    serverName: serverName(node, lab.home),
    diameter: diameterClient(node, lab),
    restoration: node.restoration,
    sharedCriteria: node.sharedServices ? sharedCriteria(lab) : undefined,
    userDataMax: node.userDataMax,
    featureCaps: node.featureCaps,
    registration: node.operator.registration,
    authentication: node.operator.authentication,
    tls: tlsSettings(node, lab),
    datagramSizeMax: node.operator.datagramSizeMax,
    requestsMax: node.operator.requestsMax,
  };
}

/** By SharedIFCSetID, from the services of all HSSs. */
function sharedCriteria(lab: Lab): ReadonlyMap<number, readonly InitialFilterCriterion[]> {
  const sets = new Map<number, readonly InitialFilterCriterion[]>();
  for (const node of lab.nodes) {
    if (node.role !== 'hss' || node.external) continue;
    for (const criterion of [...node.services.values()].flat()) {
      const { sharedSet } = criterion;
      if (sharedSet !== undefined) sets.set(sharedSet, [...(sets.get(sharedSet) ?? []), criterion]);
    }
  }
  return sets;
}

/** @param store a durable one; absent: what has happened is forgotten with the node */
export function hssConfig(
  node: HssNode,
  lab: Lab,
  store: SubscriberStore = new MemoryStore(node.subscribers, node.ranges),
): HssConfig {
  return {
    listen: node.listen.map(endpointOf),
    diameter: diameterIdentity(node, lab),
    store,
    services: node.services,
    ...(node.sh !== undefined && { sh: shSettings(node.sh, (name) => originHostOf(nodeNamed(lab, name), lab.home)) }),
  };
}

export function draConfig(node: DraNode, lab: Lab): DraConfig {
  const hostOf = (name: string): string => originHostOf(nodeNamed(lab, name), lab.home);
  return {
    listen: node.listen.map(endpointOf),
    diameter: agentDiameter(node, lab),
    mode: node.mode,
    routes: node.routes.map(({ realm, application, to }) => ({ realm, application, servers: to.map(hostOf) })),
    redirect: redirectConfig(node.redirect, lab),
  };
}

/** @param hssNamed an HSS of this process: it knows whom it has; of another one is known whom the subscriber file gives it */
export function slfConfig(
  node: SlfNode,
  lab: Lab,
  hssNamed: (name: string) => HssFunction | undefined = () => undefined,
): SlfConfig {
  const databaseOf = (name: string): SubscriberDatabase => {
    let provisioned: MemoryStore | undefined;
    const { subscribers = [], ranges = [] } = node.provisioned.get(name) ?? {};
    const store = () => {
      const running = hssNamed(name)?.store;
      if (running === undefined) provisioned ??= new MemoryStore(subscribers, ranges);
      return running ?? provisioned!;
    };
    return {
      originHost: originHostOf(nodeNamed(lab, name), lab.home),
      byPrivate: (identity, found) => store().byPrivate(identity, found),
      byPublic: (identity, found) => store().byPublic(identity, found),
    };
  };
  return {
    listen: node.listen.map(endpointOf),
    diameter: agentDiameter(node, lab),
    mode: node.mode,
    databases: node.peers.map(databaseOf),
    redirect: redirectConfig(node.redirect, lab),
  };
}

export function asConfig(node: AsNode, lab: Lab): AsConfig {
  return {
    listen: listenPoints(node),
    resolve: resolverFor(node, lab),
    homeDomain: lab.home,
    serverName: `sip:${hostName(node, lab.home)}`,
    subscribes: node.subscribes,
    service: node.service,
    diameter: node.peers.length === 0 ? undefined : diameterClient(node, lab),
    tls: tlsSettings(node, lab),
    datagramSizeMax: node.operator.datagramSizeMax,
    requestsMax: node.operator.requestsMax,
  };
}

export function ueConfig(node: LabUe, lab: Lab): UeConfig {
  const { settings } = node;
  return {
    listen: uePoints(node, lab),
    proxy: proxiesOf(node, lab),
    ...(node.tls !== undefined && { tls: tlsSettings(node, lab), securedProxy: securedProxiesOf(node, lab) }),
    homeDomain: lab.home,
    privateIdentity: node.privateIdentity,
    publicIdentity: node.publicIdentity,
    instanceId: instanceId(node.imsi),
    sim: node.sim,
    authentication: node.authentication,
    security: settings.security,
    registration: settings.registration,
    quirks: settings.quirks,
    call: {
      answer: settings.answer,
      ringMs: settings.ringMs,
      bearerMs: settings.bearerMs,
      reliableRinging: settings.reliableRinging,
      codecs: settings.codecs,
      rtp: { address: node.listen[0]!.address, port: node.rtpPort },
    },
    accessNetworkInfo: settings.accessNetworkInfo,
    datagramSizeMax: settings.datagramSizeMax,
  };
}

export function nodeNamed(lab: Lab, name: string): LabNode {
  const node = findNode(lab, name);
  if (node === undefined) throw new Error(`the topology has no node ${name}`);
  return node;
}

/** Nobody connects to a UE with TLS: the point stands for the connections that it opens. */
function uePoints(node: LabUe, lab: Lab): readonly ListenPoint[] {
  const points = listenPoints(node);
  const isNeeded =
    node.settings.security.mechanism === 'tls' || proxiesOf(node, lab).some(({ protocol }) => protocol === 'tls');
  if (!isNeeded || points.some(({ protocol }) => protocol === 'tls')) return points;
  const [{ address, port } = { address: '', port: 0 }] = points;
  // Where UEs share an address the number that is its own already keeps them apart.
  return [...points, { protocol: 'tls', address, port: port === 5060 ? 5061 : port }];
}

function securedProxiesOf({ proxies }: LabUe, lab: Lab): readonly (Destination | undefined)[] {
  return proxies.map((name) => securedDestination(nodeNamed(lab, name)));
}

const namesByEndpoint = new WeakMap<Lab, ReadonlyMap<string, readonly string[]>>();

/** RFC 5922 7.1: who is at an endpoint, as its certificate may name it. */
function tlsSettings({ tls }: { readonly tls?: TlsFiles | undefined }, lab: Lab): TlsSettings | undefined {
  if (tls === undefined) return undefined;
  let names = namesByEndpoint.get(lab);
  if (names === undefined) {
    const entries = lab.nodes.flatMap((node) =>
      node.listen
        .filter(({ protocol }) => protocol === 'tls')
        .map(({ address, port }) => [hostPort(address, port), [hostName(node, lab.home), address]] as const),
    );
    names = new Map(entries);
    namesByEndpoint.set(lab, names);
  }
  const known = names;
  const namesOf = ({ address, port }: Endpoint) => known.get(hostPort(address, port)) ?? [address];
  return { identity: tls.identity, authorities: tls.authorities, namesOf };
}

/** Many UEs go the same way into the network: they share what says so. */
const proxiesByNames = new WeakMap<Lab, Map<string, readonly Destination[]>>();

function proxiesOf(node: LabUe, lab: Lab): readonly Destination[] {
  let byNames = proxiesByNames.get(lab);
  if (byNames === undefined) {
    byNames = new Map();
    proxiesByNames.set(lab, byNames);
  }
  const key = [...node.proxies, ...new Set(node.listen.map(({ protocol }) => protocol))].join(' ');
  let found = byNames.get(key);
  if (found === undefined) {
    found = node.proxies.flatMap((name) => preferredDestination(nodeNamed(lab, name), node) ?? []);
    byNames.set(key, found);
  }
  return found;
}

/** REG-04: an IMEI of the test TAC whose serial number is the IMSI's end, so that it is the same in each run. */
function instanceId(imsi: string): string {
  return `urn:gsma:imei:35622410-${imsi.slice(-6)}-0`;
}

function isServing(node: LabNode): node is ScscfNode | (ExternalNode & { role: 's-cscf' }) {
  return node.role === 's-cscf';
}

/** One that redirects has nothing to say to those to whom it sends. */
function agentDiameter(node: DraNode | SlfNode, lab: Lab): DiameterConfig {
  return node.mode === 'redirect' ? diameterIdentity(node, lab) : diameterClient(node, lab);
}

type DiameterClientNode = IcscfNode | ScscfNode | DraNode | SlfNode | AsNode;

function listenPoints({ listen }: RunNode): readonly ListenPoint[] {
  return listen.map(({ protocol, address, port }) => ({ protocol, address, port }));
}

function endpointOf({ address, port }: Endpoint): Endpoint {
  return { address, port };
}

function diameterIdentity(node: HssNode | DiameterClientNode, lab: Lab): DiameterConfig {
  return {
    originHost: hostName(node, lab.home),
    originRealm: lab.home,
    local: { address: node.listen[0]!.address, port: 0 },
    peers: [],
    peerHosts: node.operator.acceptUnknownPeers ? undefined : diameterHosts(lab),
    timers: node.operator.diameterTimers,
  };
}

/** Nodes of these roles have no Diameter. */
const withoutDiameter: readonly string[] = ['p-cscf', 'ue'];

/** Who may connect where strangers may not: every node of the topology that could. */
function diameterHosts(lab: Lab): readonly string[] {
  return lab.nodes.filter(({ role }) => !withoutDiameter.includes(role)).map((node) => originHostOf(node, lab.home));
}

/** Each peer in the family of the node's own addresses where it has one, and the source address to match. */
function diameterClient(node: DiameterClientNode, lab: Lab): DiameterConfig {
  const peers = node.peers.map((name) => {
    const peer = nodeNamed(lab, name);
    const address = peer.listen.find((entry) => node.listen.some((own) => sameFamily(own, entry))) ?? peer.listen[0]!;
    return { name, originHost: originHostOf(peer, lab.home), address: endpointOf(address) };
  });
  const local = node.listen.find((own) => sameFamily(own, peers[0]!.address)) ?? node.listen[0]!;
  return {
    ...diameterIdentity(node, lab),
    local: { address: local.address, port: 0 },
    peers,
    reach: reachFrom(node, lab),
  };
}

function sameFamily(a: Endpoint, b: Endpoint): boolean {
  return isIpv6(a.address) === isIpv6(b.address);
}
