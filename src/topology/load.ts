/** Reads a topology file and everything that it names into a `Lab`, or says all that is wrong at once. */
import { dirname, resolve } from 'node:path';
import { privateIdentityOf, temporaryPublicIdentity } from '../ims/identity/index.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import { inRanges, type SubscriberRange } from '../ims/subscription/subscriber-range.js';
import { UeAddresses, withRtpPorts } from './addresses.js';
import { draSettings, listOf, redirectSettings } from './agents.js';
import { type CheckedTopology, checkTopology } from './checked-topology.js';
import { checkTransports } from './common-transport.js';
import type { ExternalNode, Lab, LabListen, LabNode, LabUe, StorePlace, UeSettings } from './lab.js';
import { checkNames } from './name-references.js';
import { NodeTls } from './node-tls.js';
import { type Member, memberLinks, poolMembers } from './pools.js';
import { InputError, type Problem } from './problem.js';
import { operatorProfile, ueProfile } from './profile-schema.js';
import { operatorSettings, Profiles, ueSettings } from './profiles.js';
import { checkMembers, checkReferences } from './references.js';
import type { Listen } from './scalars.js';
import { sessionService } from './service-schema.js';
import { displayName, formatPath, type KeyPath, type Override, Source } from './source.js';
import { readSubscribers } from './subscriber-file.js';
import type { SubscriberSet } from './subscribers.js';
import { TlsReader } from './tls-files.js';
import type { NodeInput, UeInput } from './topology-schema.js';
import { checkAccess } from './ue-access.js';
import { authenticationOf, type Blame, cardOf } from './ue-card.js';

/** RFC 4787 REQ-5: the least that a translator may keep a mapping of datagrams, ms. */
const natMappingMs = 120_000;

/** @param file path of the topology. Throws InputError with every problem found. */
export function loadLab(file: string, overrides: readonly Override[] = []): Lab {
  const source = Source.read(file, overrides);
  const { topology, problems } = checkTopology(source);
  problems.push(
    ...checkReferences(topology, source),
    ...checkNames(topology, source),
    ...checkTransports(topology, source),
  );
  const members = poolMembers(topology.nodes, source, problems);
  problems.push(...checkMembers(members, topology.links, source));
  const lab = new Assembly(topology, members, source, file, problems).lab();
  if (problems.length > 0) throw new InputError(problems);
  return lab;
}

/** Puts the lab together from a checked topology; what profiles and subscriber files have against it goes into `problems`. */
class Assembly {
  readonly #profiles = new Profiles();
  readonly #subscribers = new Map<string, SubscriberSet & { readonly subscriberFile: string }>();
  readonly #subscribersByImsi = new Map<string, Subscriber>();
  readonly #subscriberRanges: SubscriberRange[] = [];
  /** A UE whose subscriber was not found is not to blame then. */
  #subscribersUnread: boolean;
  readonly #addresses = new UeAddresses();
  readonly #listens = new Map<string, readonly LabListen[]>();
  readonly #blamed = new Set<string>();
  /** By key path: the members of a pool stand at one place. */
  readonly #places = new Map<string, Pick<LabListen, 'where' | 'key'>>();
  readonly #externalNames: ReadonlySet<string>;
  readonly #tls: NodeTls;

  constructor(
    private readonly topology: CheckedTopology,
    private readonly members: readonly Member[],
    private readonly source: Source,
    private readonly file: string,
    private readonly problems: Problem[],
  ) {
    this.#tls = new NodeTls(new TlsReader(source, file, problems), this.#listens, this.#blame);
    const written = Object.keys((source.value() as { nodes: object }).nodes);
    this.#subscribersUnread = written.length > topology.nodes.length;
    this.#externalNames = new Set(topology.nodes.flatMap(({ name, input }) => (input.external === true ? [name] : [])));
  }

  lab(): Lab {
    const { topology, members, source } = this;
    this.#giveAddresses();
    this.#readSubscribers();
    const nodes = members.flatMap(({ name, line, input }): LabNode[] => {
      const node = input.external === true ? this.#external(name, input) : this.#node(name, line, input);
      return node === undefined ? [] : [node];
    });
    this.problems.push(...this.#profiles.problems);
    const links = memberLinks(topology.links, members);
    return { file: source.name, home: topology.home, nodes: withRtpPorts(nodes), links, names: topology.names };
  }

  #giveAddresses(): void {
    for (const { name, line, input } of this.members) {
      const [key, entries] = input.external === true ? ['address', input.address] : ['listen', input.listen];
      if (entries === undefined) continue;
      this.#addresses.take(entries);
      const listen = entries.map((entry, index) => this.#placed(entry, ['nodes', line, key, index]));
      this.#listens.set(name, listen);
    }
    const blamed = new Set<string>();
    for (const { name, line, input } of this.members) {
      if (input.role !== 'ue' || input.external === true || input.listen !== undefined || blamed.has(line)) continue;
      const listen = this.#ueAddress(line, input);
      if (listen.length === 0) blamed.add(line);
      this.#listens.set(name, listen);
    }
  }

  /** Empty after a problem. */
  #ueAddress(line: string, input: UeInput): readonly LabListen[] {
    const via = proxiesOf(input)[0]!;
    const proxy = this.#listens.get(via)?.[0];
    if (proxy === undefined) return []; // an unknown P-CSCF has been reported
    const listen = this.#externalNames.has(via) ? undefined : this.#addresses.behind(proxy);
    if (listen !== undefined) return listen.map((entry) => this.#placed(entry, ['nodes', line]));
    const [what, mend] = this.#externalNames.has(via)
      ? ([
          `is missing, and ${via} is external`,
          `say from which address of this machine ${line} sends: listen: [udp://192.0.2.20:5060]`,
        ] as const)
      : ([
          `is missing, and there are no more ports at the address of ${via}`,
          'give an address of its own: listen: [udp://127.0.2.1:5060]',
        ] as const);
    this.problems.push(this.source.problem(['nodes', line, 'listen'], what, mend));
    return [];
  }

  #placed(entry: Listen, path: KeyPath): LabListen {
    const text = formatPath(path);
    let place = this.#places.get(text);
    if (place === undefined) {
      place = { where: this.source.where(path), key: text };
      this.#places.set(text, place);
    }
    return { ...entry, ...place };
  }

  #readSubscribers(): void {
    // One with a mistake of its own is there all the same.
    const written = (this.source.value() as { nodes: Record<string, { role?: unknown } | null> }).nodes;
    const servers = Object.keys(written).filter((name) => written[name]?.role === 'as');
    for (const { name, input } of this.topology.nodes) {
      if (input.role !== 'hss') continue;
      const path = ['nodes', name, 'subscribers'];
      if (input.subscribers === undefined) {
        if (input.external !== true && input.store === undefined) {
          this.problems.push(this.source.problem(path, 'is missing', 'add subscribers: subscribers/default'));
          this.#subscribersUnread = true;
        }
        continue;
      }
      const read = this.#profiles.load('subscribers', input.subscribers, this.#reference(path), (file) => ({
        ...readSubscribers(file, this.topology.home, servers),
        subscriberFile: file,
      }));
      if (read !== undefined) this.#subscribers.set(name, read);
      for (const subscriber of read?.subscribers ?? []) {
        if (!this.#subscribersByImsi.has(subscriber.imsi)) this.#subscribersByImsi.set(subscriber.imsi, subscriber);
      }
      this.#subscriberRanges.push(...(read?.ranges ?? []));
      this.#subscribersUnread ||= read === undefined;
    }
  }

  #reference(path: KeyPath) {
    return { source: this.source, path, file: this.file };
  }

  #external(name: string, input: Extract<NodeInput, { external: true }>): ExternalNode {
    return {
      name,
      role: input.role,
      external: true,
      listen: this.#listens.get(name) ?? [],
      originHost: 'origin-host' in input ? input['origin-host'] : undefined,
      capabilities: capabilitiesOf(input.role === 's-cscf' ? input.capabilities : undefined),
    };
  }

  #node(name: string, line: string, input: Exclude<NodeInput, { external: true }>): LabNode | undefined {
    if (input.role === 'ue') return this.#ue(name, line, input);
    const profile = this.#profiles.get(
      'operator',
      input.profile ?? 'operator/default',
      this.#reference(['nodes', name, 'profile']),
      operatorProfile,
      (data) => data,
    );
    const operator = operatorSettings(profile ?? {}, {
      registration: input.role === 's-cscf' ? input.registration : undefined,
      authentication: input.role === 's-cscf' ? input.authentication : undefined,
      diameter: input.role === 'p-cscf' ? undefined : input.diameter,
      transport: 'transport' in input ? input.transport : undefined,
      security: input.role === 'p-cscf' ? input.security : undefined,
      access: input.role === 'p-cscf' ? input.access : undefined,
    });
    const hasSip = input.role !== 'hss' && input.role !== 'dra' && input.role !== 'slf';
    const tls = hasSip ? this.#tls.ofNode(name, input.tls) : undefined;
    const common = { name, external: false, listen: this.#listens.get(name) ?? [], operator, tls } as const;
    switch (input.role) {
      case 'p-cscf':
        return { ...common, role: input.role, network: input.network ?? this.topology.home };
      case 'dra':
        return { ...common, role: input.role, ...draSettings(input, this.topology.home) };
      case 'slf': {
        const peers = listOf(input.diameter.hss);
        const provisioned = new Map(peers.map((hss) => [hss, this.#subscribers.get(hss) ?? noSubscribers]));
        const { mode = 'redirect', redirect } = input;
        return { ...common, role: input.role, mode, peers, provisioned, redirect: redirectSettings(redirect) };
      }
      case 'i-cscf':
        return { ...common, role: input.role, peers: listOf(input.diameter.hss) };
      case 's-cscf':
        return {
          ...common,
          role: input.role,
          peers: listOf(input.diameter.hss),
          capabilities: capabilitiesOf(input.capabilities),
          restoration: input.restoration ?? false,
          sharedServices: input['shared-services'] ?? false,
          userDataMax: input['user-data-max'],
          featureCaps: input['feature-caps'],
        };
      case 'hss':
        return {
          ...common,
          role: input.role,
          ...(this.#subscribers.get(name) ?? noSubscribers),
          store: input.store === undefined ? undefined : this.#store(name, input.store),
          sh: input.sh,
        };
      case 'as':
        return {
          ...common,
          role: input.role,
          subscribes: input.subscribes ?? false,
          service: sessionService(input.sessions),
          peers: listOf(input.diameter?.hss ?? []),
        };
    }
  }

  /** A folder is relative to the file that names it, as other paths are; one of the command line to where that is typed. */
  #store(name: string, address: string): StorePlace {
    const path = ['nodes', name, 'store'];
    const where = this.source.where(path);
    const folder = address.startsWith('lmdb:') ? address.slice('lmdb:'.length) : undefined;
    const base = where.startsWith('--set ') ? '' : dirname(this.file);
    return {
      address: folder === undefined ? address : `lmdb:${displayName(resolve(base, folder))}`,
      where,
      key: formatPath(path),
    };
  }

  #ue(name: string, line: string, input: UeInput): LabUe | undefined {
    const { imsi } = input;
    const reference = this.#reference(['nodes', line, 'profile']);
    const profile = this.#profiles.get('ue', input.profile ?? 'ue/ir92', reference, ueProfile, (data) => data);
    const subscriber = this.#subscribersByImsi.get(imsi) ?? inRanges(this.#subscriberRanges, imsi);
    const simInput = { ...profile?.sim, ...input.sim };
    const sim = cardOf(line, imsi, simInput, subscriber, !this.#subscribersUnread, this.#blame);
    const authenticationInput = { ...profile?.authentication, ...input.authentication };
    const authentication = authenticationOf(line, authenticationInput, subscriber, this.#blame);
    if (sim === undefined || authentication === undefined) return undefined;
    const settings = ueSettings(profile ?? {}, input);
    const listen = this.#listens.get(name) ?? [];
    const proxies = proxiesOf(input);
    checkAccess({ line, input, settings, proxies, listen }, this.#listens, this.#blame);
    return {
      name,
      role: 'ue',
      external: false,
      listen,
      tls: this.#tls.ofUe(line, input, proxies, settings.security.mechanism),
      imsi,
      via: proxies[0]!,
      proxies,
      privateIdentity: subscriber?.privateIdentity ?? privateIdentityOf(imsi, this.topology.home),
      publicIdentity: registeredIdentity(temporaryPublicIdentity(imsi, this.topology.home), subscriber, settings),
      sim,
      authentication,
      rtpPort: 0, // given when all UEs are known
      settings,
      nat: input.nat && { address: input.nat.address, mappingMs: input.nat.mapping ?? natMappingMs },
    };
  }

  /** Once a key of a line: a pool has many UEs of one kind. */
  readonly #blame: Blame = (line, key, what, mend, at = 'value') => {
    const problem = this.source.problem(['nodes', line, ...key], what, mend, at);
    if (this.#blamed.has(problem.key)) return;
    this.#blamed.add(problem.key);
    this.problems.push(problem);
  };
}

function capabilitiesOf(input: { mandatory?: number[] | undefined; optional?: number[] | undefined } | undefined) {
  return { mandatory: input?.mandatory ?? [], optional: input?.optional ?? [] };
}

const noSubscribers = { subscribers: [], ranges: [], services: new Map(), subscriberFile: undefined };

function proxiesOf({ via }: UeInput): readonly string[] {
  return typeof via === 'string' ? [via] : via;
}

/** REG-01; an ISIM without the temporary identity registers with its first one. */
function registeredIdentity(temporary: string, subscriber: Subscriber | undefined, { quirks }: UeSettings): string {
  const identities = subscriber === undefined ? [] : identitiesOf(subscriber).map(({ uri }) => uri);
  const number = quirks.telIdentity === true ? identities.find((uri) => uri.startsWith('tel:')) : undefined;
  return number ?? (identities.length === 0 || identities.includes(temporary) ? temporary : identities[0]!);
}
