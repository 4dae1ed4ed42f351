/** Reads a topology file and everything that it names into a `Lab`, or says all that is wrong at once. */
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { computeOpc, type KeyMaterial } from '../aka/index.js';
import { privateIdentityOf, temporaryPublicIdentity } from '../ims/identity/index.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import { inRanges, type SubscriberRange } from '../ims/subscription/subscriber-range.js';
import { UeAddresses, withRtpPorts } from './addresses.js';
import { draSettings, listOf, redirectSettings } from './agents.js';
import { keyMaterialInput, keyMaterialOf } from './key-material.js';
import type { ExternalNode, Lab, LabListen, LabNode, LabUe, StorePlace } from './lab.js';
import type { Names } from './name-records.js';
import { checkNames } from './name-references.js';
import { NodeTls } from './node-tls.js';
import { type Member, memberLinks, poolMembers } from './pools.js';
import { InputError, type Problem } from './problem.js';
import { operatorProfile, type simSection, ueProfile } from './profile-schema.js';
import { operatorSettings, Profiles, ueSettings } from './profiles.js';
import { checkMembers, checkReferences } from './references.js';
import type { Listen } from './scalars.js';
import { sessionService } from './service-schema.js';
import { displayName, formatPath, type KeyPath, type Override, Source } from './source.js';
import { readSubscribers } from './subscriber-file.js';
import type { SubscriberSet } from './subscribers.js';
import { TlsReader } from './tls-files.js';
import {
  externalSchemas,
  type LinkInput,
  linkSchema,
  type NodeInput,
  nodeSchemas,
  topologyFrame,
  type UeInput,
} from './topology-schema.js';
import type { UeAuthenticationInput } from './ue-schema.js';
import { check } from './validate.js';

/** RFC 4787 REQ-5: the least that a translator may keep a mapping of datagrams, ms. */
const natMappingMs = 120_000;

type SimInput = z.output<typeof simSection>;

/** A line's keys as the file has them, after its role's schema; a UE line may stand for many. */
export interface CheckedNode {
  readonly name: string;
  readonly input: NodeInput;
}

export interface CheckedTopology {
  readonly home: string;
  /** Those without a mistake of their own. */
  readonly nodes: readonly CheckedNode[];
  readonly links: readonly LinkInput[];
  readonly names: Names;
}

/** @param file path of the topology. Throws InputError with every problem found. */
export function loadLab(file: string, overrides: readonly Override[] = []): Lab {
  const source = Source.read(file, overrides);
  const { topology, problems } = checkTopology(source);
  problems.push(...checkReferences(topology, source), ...checkNames(topology, source));
  const members = poolMembers(topology.nodes, source, problems);
  problems.push(...checkMembers(members, topology.links, source));
  const lab = new Assembly(topology, members, source, file, problems).lab();
  if (problems.length > 0) throw new InputError(problems);
  return lab;
}

/** What can be read is returned, so that one wrong node does not hide what is wrong elsewhere. */
function checkTopology(source: Source): { topology: CheckedTopology; problems: Problem[] } {
  const raw = source.value();
  const frame = check(topologyFrame, raw, source);
  if ('problems' in frame) {
    if (!hasNodes(raw)) throw new InputError(frame.problems);
  }
  const problems: Problem[] = 'problems' in frame ? [...frame.problems] : [];
  const { home, nodes, links } = raw as { home?: unknown; nodes: Record<string, unknown>; links?: unknown };
  const topology = {
    home: 'data' in frame ? frame.data.home : String(home),
    nodes: Object.entries(nodes).flatMap(([name, value]) => {
      const input = checkNode(name, value, source, problems);
      return input === undefined ? [] : [{ name, input }];
    }),
    names: 'data' in frame ? (frame.data.names ?? {}) : {},
    links: (Array.isArray(links) ? links : []).flatMap((value: unknown, index) => {
      const result = check(linkSchema, value, source, ['links', index]);
      if ('data' in result) return [result.data];
      problems.push(...result.problems);
      return [];
    }),
  };
  if (problems.length === 0 && topology.nodes.length === 0) {
    problems.push(source.problem(['nodes'], 'has no nodes', 'add one, such as ue1: { role: ue, … }'));
  }
  return { topology, problems };
}

function hasNodes(raw: unknown): boolean {
  const nodes = (raw as { nodes?: unknown } | null | undefined)?.nodes;
  return typeof nodes === 'object' && nodes !== null && !Array.isArray(nodes);
}

function checkNode(name: string, value: unknown, source: Source, problems: Problem[]): NodeInput | undefined {
  const path = ['nodes', name];
  const { role, external } = (value ?? {}) as { role?: unknown; external?: unknown };
  if (typeof role !== 'string' || !Object.hasOwn(nodeSchemas, role)) return undefined; // the frame has said so
  const schemas = external === true ? externalSchemas : nodeSchemas;
  const result = check(schemas[role as keyof typeof schemas], value, source, path);
  if ('data' in result) return result.data;
  problems.push(
    ...result.problems.filter(({ key }) => key !== `nodes.${name}.role` && key !== `nodes.${name}.external`),
  );
  return undefined;
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
    const blame = (line: string, key: KeyPath, what: string, mend: string) => this.#blame(line, key, what, mend);
    this.#tls = new NodeTls(new TlsReader(source, file, problems), this.#listens, blame);
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
    const sim = this.#sim(line, imsi, { ...profile?.sim, ...input.sim }, subscriber);
    const authentication = this.#authentication(
      line,
      { ...profile?.authentication, ...input.authentication },
      subscriber,
    );
    if (sim === undefined || authentication === undefined) return undefined;
    const settings = ueSettings(profile ?? {}, input);
    const temporary = temporaryPublicIdentity(imsi, this.topology.home);
    const identities = subscriber === undefined ? [] : identitiesOf(subscriber);
    const knowsTemporary = identities.length === 0 || identities.some(({ uri }) => uri === temporary);
    const proxies = proxiesOf(input);
    const number =
      settings.quirks.telIdentity === true ? identities.find(({ uri }) => uri.startsWith('tel:')) : undefined;
    return {
      name,
      role: 'ue',
      external: false,
      listen: this.#listens.get(name) ?? [],
      tls: this.#tls.ofUe(line, input, proxies, settings.security.mechanism),
      imsi,
      via: proxies[0]!,
      proxies,
      privateIdentity: subscriber?.privateIdentity ?? privateIdentityOf(imsi, this.topology.home),
      // REG-01; an ISIM without the temporary identity registers with its first one.
      publicIdentity: number?.uri ?? (knowsTemporary ? temporary : identities[0]!.uri),
      sim,
      authentication,
      rtpPort: 0, // given when all UEs are known
      settings,
      nat: input.nat && { address: input.nat.address, mappingMs: input.nat.mapping ?? natMappingMs },
    };
  }

  /** How it proves who it is: as the line or the profile says, else as the subscriber file does. */
  #authentication(
    line: string,
    { scheme, password }: UeAuthenticationInput,
    subscriber: Subscriber | undefined,
  ): LabUe['authentication'] | undefined {
    const known = subscriber?.authentication;
    const chosen = scheme ?? (known === undefined ? 'aka' : schemesOf[known.scheme]);
    if (chosen !== 'sip-digest') return { scheme: chosen };
    if (password !== undefined) return { scheme: chosen, secret: { password: Buffer.from(password, 'utf8') } };
    if (known?.digest !== undefined) return { scheme: chosen, secret: { ha1: known.digest.ha1 } };
    const what = 'has no password, and its subscriber has none for SIP Digest';
    this.#blame(line, [], what, `add nodes.${line}.authentication.password, or let the subscriber have one`);
    return undefined;
  }

  /** The card: as the subscriber file has it, what `sim` says in its place. In step with the HSS unless `sqn` is given. */
  #sim(line: string, imsi: string, sim: SimInput, subscriber: Subscriber | undefined): LabUe['sim'] | undefined {
    const aka = subscriber === undefined ? undefined : (subscriber.authentication.aka ?? withoutCard);
    const { sqn, 'sqn-offset': offset = 0, delta = 2 ** 28, 'auts-amf': autsAmf, ...rest } = sim;
    const { 'hss-has-op-as-opc': opcIsOp = false, 'ind-bits': indBits, 'age-limit': age, ...keys } = rest;
    const ahead = (aka?.sqn ?? 0n) + BigInt(offset);
    const window = {
      ...(indBits !== undefined && { indBits }),
      ...(age !== undefined && { ageLimit: BigInt(age) }),
    };
    const counters = { sqn: sqn ?? (ahead < 0n ? 0n : ahead), delta: BigInt(delta), autsAmf, ...window };
    const inherited = aka?.material;
    // A pool whose line says nothing of the card shares one material.
    const found =
      inherited && Object.keys(keys).length === 0
        ? inherited
        : keyMaterialOf(keys, inherited ? keyMaterialInput(inherited) : {});
    if ('algorithm' in found) {
      const op = opcIsOp ? opcOf(found) : keys.op;
      const material = opcIsOp ? computedAnew(found) : found;
      return { material, ...(op !== undefined && { op }), ...counters };
    }
    const material = found;
    const { key, what, mend, problem } = material;
    if (inherited || problem === 'unfit') {
      this.#blame(line, key ? ['sim', key] : ['sim'], what, mend, problem === 'unfit' ? 'key' : 'value');
    } else if (!this.#subscribersUnread) {
      const mend = `use an IMSI that it has, or give the card by hand: nodes.${line}.sim.k and nodes.${line}.sim.opc`;
      this.#blame(line, ['imsi'], `no subscriber file of this topology has '${imsi}'`, mend);
    }
    return undefined;
  }

  /** Once a key of a line: a pool has many UEs of one kind. */
  #blame(line: string, key: KeyPath, what: string, mend: string, at: 'key' | 'value' = 'value'): void {
    const problem = this.source.problem(['nodes', line, ...key], what, mend, at);
    if (this.#blamed.has(problem.key)) return;
    this.#blamed.add(problem.key);
    this.problems.push(problem);
  }
}

function capabilitiesOf(input: { mandatory?: number[] | undefined; optional?: number[] | undefined } | undefined) {
  return { mandatory: input?.mandatory ?? [], optional: input?.optional ?? [] };
}

const noSubscribers = { subscribers: [], ranges: [], services: new Map(), subscriberFile: undefined };

function proxiesOf({ via }: UeInput): readonly string[] {
  return typeof via === 'string' ? [via] : via;
}

/** How a UE registers whose subscription is for a scheme. */
const schemesOf = {
  aka: 'aka',
  'sip-digest': 'sip-digest',
  giba: 'none',
  'nass-bundled': 'none',
} as const;

/** The OPc of who takes the given one for OP. */
function computedAnew(material: KeyMaterial): KeyMaterial {
  if (material.algorithm !== 'milenage') return material;
  return { ...material, opc: computeOpc(material.k, material.opc) };
}

function opcOf(material: KeyMaterial): Buffer | undefined {
  return material.algorithm === 'milenage' ? material.opc : undefined;
}

/** The UE of a subscription without IMS AKA has no keys: it could answer no AKA challenge. */
const withoutCard = { material: { algorithm: 'xor', k: Buffer.alloc(16) } as const, sqn: 0n };
