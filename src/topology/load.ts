/** Reads a topology file and everything that it names into a `Lab`, or says all that is wrong at once. */
import type { z } from 'zod';
import { computeOpc } from '../aka/index.js';
import { privateIdentityOf, temporaryPublicIdentity } from '../ims/identity/index.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { addressForUe, takenKeys, withRtpPorts } from './addresses.js';
import type { ExternalNode, Lab, LabListen, LabNode, LabUe } from './lab.js';
import { InputError, type Problem } from './problem.js';
import { operatorProfile, subscriberFile, ueProfile } from './profile-schema.js';
import { operatorSettings, Profiles, ueSettings } from './profiles.js';
import { checkReferences } from './references.js';
import type { Listen } from './scalars.js';
import { type KeyPath, type Override, Source } from './source.js';
import { toSubscribers } from './subscribers.js';
import {
  externalSchemas,
  type LinkInput,
  linkSchema,
  type NodeInput,
  nodeSchemas,
  topologyFrame,
} from './topology-schema.js';
import { check } from './validate.js';

type UeInput = z.output<(typeof nodeSchemas)['ue']>;

/** A node's keys as the file has them, after its role's schema. */
export interface CheckedNode {
  readonly name: string;
  readonly input: NodeInput;
}

export interface CheckedTopology {
  readonly home: string;
  /** Those without a mistake of their own. */
  readonly nodes: readonly CheckedNode[];
  readonly links: readonly LinkInput[];
}

/** @param file path of the topology. Throws InputError with every problem found. */
export function loadLab(file: string, overrides: readonly Override[] = []): Lab {
  const source = Source.read(file, overrides);
  const { topology, problems } = checkTopology(source);
  problems.push(...checkReferences(topology, source));
  const lab = new Assembly(topology, source, file, problems).lab();
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
  readonly #subscribers = new Map<string, readonly Subscriber[]>();
  /** A UE whose subscriber was not found is not to blame then. */
  #subscribersUnread: boolean;
  readonly #taken = new Set<string>();
  readonly #listens = new Map<string, readonly LabListen[]>();

  constructor(
    private readonly topology: CheckedTopology,
    private readonly source: Source,
    private readonly file: string,
    private readonly problems: Problem[],
  ) {
    const written = Object.keys((source.value() as { nodes: object }).nodes);
    this.#subscribersUnread = written.length > topology.nodes.length;
  }

  lab(): Lab {
    const { topology, source } = this;
    this.#giveAddresses();
    this.#readSubscribers();
    const nodes = topology.nodes.flatMap(({ name, input }): LabNode[] => {
      const node = input.external === true ? this.#external(name, input) : this.#node(name, input);
      return node === undefined ? [] : [node];
    });
    this.problems.push(...this.#profiles.problems);
    return { file: source.name, home: topology.home, nodes: withRtpPorts(nodes), links: topology.links };
  }

  #giveAddresses(): void {
    const listening = this.topology.nodes.map(({ name, input }) => {
      const [key, entries] = input.external === true ? ['address', input.address] : ['listen', input.listen];
      return { name, key, entries };
    });
    for (const { name, key, entries } of listening) {
      if (entries === undefined) continue;
      for (const entry of entries) for (const taken of takenKeys(entry)) this.#taken.add(taken);
      this.#listens.set(
        name,
        entries.map((entry, index) => this.#placed(entry, ['nodes', name, key, index])),
      );
    }
    for (const { name, input } of this.topology.nodes) {
      if (input.role !== 'ue' || input.external === true || input.listen !== undefined) continue;
      const listen = this.#ueAddress(name, input);
      for (const entry of listen) for (const taken of takenKeys(entry)) this.#taken.add(taken);
      this.#listens.set(name, listen);
    }
  }

  #ueAddress(name: string, { via }: UeInput): readonly LabListen[] {
    const proxy = this.#listens.get(via)?.[0];
    if (proxy === undefined) return []; // an unknown P-CSCF has been reported
    const proxyIsExternal = this.topology.nodes.some((node) => node.name === via && node.input.external === true);
    if (proxyIsExternal) {
      this.problems.push(
        this.source.problem(
          ['nodes', name, 'listen'],
          `is missing, and ${via} is external`,
          `say from which address of this machine ${name} sends: listen: [udp://192.0.2.20:5060]`,
        ),
      );
      return [];
    }
    return addressForUe(proxy, this.#taken).map((entry) => this.#placed(entry, ['nodes', name]));
  }

  #placed(entry: Listen, path: KeyPath): LabListen {
    const problem = this.source.problem(path, '', '');
    return { ...entry, where: problem.where, key: problem.key };
  }

  #readSubscribers(): void {
    for (const { name, input } of this.topology.nodes) {
      if (input.role !== 'hss' || input.subscribers === undefined) continue;
      const reference = this.#reference(['nodes', name, 'subscribers']);
      const subscribers = this.#profiles.get(
        'subscribers',
        input.subscribers,
        reference,
        subscriberFile,
        (file, source) => toSubscribers(file, source, this.topology.home),
      );
      this.#subscribers.set(name, subscribers ?? []);
      this.#subscribersUnread ||= subscribers === undefined;
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
      originHost: input.role === 'hss' ? input['origin-host'] : undefined,
      capabilities: capabilitiesOf(input.role === 's-cscf' ? input.capabilities : undefined),
    };
  }

  #node(name: string, input: Exclude<NodeInput, { external: true }>): LabNode | undefined {
    if (input.role === 'ue') return this.#ue(name, input);
    const profile = this.#profiles.get(
      'operator',
      input.profile ?? 'operator/default',
      this.#reference(['nodes', name, 'profile']),
      operatorProfile,
      (data) => data,
    );
    const operator = operatorSettings(profile ?? {}, {
      registration: input.role === 's-cscf' ? input.registration : undefined,
      diameter: input.role === 'p-cscf' ? undefined : input.diameter,
      transport: input.role === 'hss' ? undefined : input.transport,
    });
    const common = { name, external: false, listen: this.#listens.get(name) ?? [], operator } as const;
    switch (input.role) {
      case 'p-cscf':
        return { ...common, role: input.role, network: input.network ?? this.topology.home };
      case 'i-cscf':
        return { ...common, role: input.role, hss: input.diameter.hss };
      case 's-cscf':
        return {
          ...common,
          role: input.role,
          hss: input.diameter.hss,
          capabilities: capabilitiesOf(input.capabilities),
        };
      case 'hss':
        return { ...common, role: input.role, subscribers: this.#subscribers.get(name) ?? [] };
    }
  }

  #ue(name: string, input: UeInput): LabUe | undefined {
    const { imsi, via } = input;
    const reference = this.#reference(['nodes', name, 'profile']);
    const profile = this.#profiles.get('ue', input.profile ?? 'ue/ir92', reference, ueProfile, (data) => data);
    const subscriber = [...this.#subscribers.values()].flat().find((candidate) => candidate.imsi === imsi);
    const sim = this.#sim(name, input, subscriber);
    if (sim === undefined) return undefined;
    const temporary = temporaryPublicIdentity(imsi, this.topology.home);
    const knowsTemporary = subscriber?.publicIdentities.some(({ uri }) => uri === temporary) ?? true;
    return {
      name,
      role: 'ue',
      external: false,
      listen: this.#listens.get(name) ?? [],
      imsi,
      via,
      privateIdentity: subscriber?.privateIdentity ?? privateIdentityOf(imsi, this.topology.home),
      // REG-01; an ISIM without the temporary identity registers with its first one.
      publicIdentity: knowsTemporary ? temporary : subscriber!.publicIdentities[0]!.uri,
      sim,
      rtpPort: 0, // given when all UEs are known
      settings: ueSettings(profile ?? {}, input),
    };
  }

  /** The card: as the subscriber file has it, what the node's `sim` says in its place. In step with the HSS unless `sqn` is given. */
  #sim(name: string, { imsi, sim = {} }: UeInput, subscriber: Subscriber | undefined): LabUe['sim'] | undefined {
    if (sim.op !== undefined && sim.opc !== undefined) {
      this.problems.push(
        this.source.problem(['nodes', name, 'sim', 'opc'], 'stands beside an op', 'keep one of op and opc', 'key'),
      );
    }
    const k = sim.k ?? subscriber?.authentication.k;
    const opc = sim.opc ?? (sim.op && k && computeOpc(k, sim.op)) ?? subscriber?.authentication.opc;
    if (k === undefined || opc === undefined) {
      if (this.#subscribersUnread) return undefined; // that has been said
      this.problems.push(
        this.source.problem(
          ['nodes', name, 'imsi'],
          `no subscriber file of this topology has '${imsi}'`,
          `use an IMSI that it has, or give the card by hand: nodes.${name}.sim.k and nodes.${name}.sim.opc`,
        ),
      );
      return undefined;
    }
    return { k, opc, sqn: sim.sqn ?? subscriber?.authentication.sqn ?? 0n, delta: BigInt(sim.delta ?? 2 ** 28) };
  }
}

function capabilitiesOf(input: { mandatory?: number[] | undefined; optional?: number[] | undefined } | undefined) {
  return { mandatory: input?.mandatory ?? [], optional: input?.optional ?? [] };
}
