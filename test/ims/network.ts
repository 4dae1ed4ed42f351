/** A home network in the simulated environment for the tests of its functions: P-CSCF, I-CSCF, S-CSCF and HSS. */
import { computeOpc } from '../../src/aka/index.js';
import type {
  Endpoint,
  Environment,
  FaultRecord,
  NoteRecord,
  PacketTap,
  Trace,
  TraceRecord,
} from '../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import { createHss, MemoryStore, type Services, type SubscriberStore } from '../../src/ims/hss/index.js';
import { createIcscf } from '../../src/ims/icscf/index.js';
import { createPcscf, type PcscfConfig } from '../../src/ims/pcscf/index.js';
import type { ScscfConfig } from '../../src/ims/scscf/config.js';
import { createScscf } from '../../src/ims/scscf/index.js';
import { distinctIdentity, implicitSet, type Subscriber } from '../../src/ims/subscription/subscriber.js';
import { IpsecLayer } from '../../src/ipsec/index.js';
import type { HostMode } from '../../src/machine/index.js';
import type { FunctionNode } from '../../src/node/index.js';
import {
  type Destination,
  type ListenPoint,
  parseMessage,
  type Resolver,
  type SipRequest,
  type SipResponse,
} from '../../src/sip/index.js';

export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

export const key = { k: Buffer.from('imslab-k-number1'), op: Buffer.from('imslab-op-number') };

/** `publicIdentities` is short for one implicit set of distinct ones. */
export type SubscriberChanges = Partial<Subscriber> & {
  readonly publicIdentities?: readonly { readonly uri: string; readonly barred: boolean }[];
};

/** One digit; the default public identity is `publicIdentityOf(number)`. */
export function subscriber(number: number, { publicIdentities, ...changes }: SubscriberChanges = {}): Subscriber {
  const imsi = imsiOf(number);
  return {
    imsi,
    privateIdentity: `${imsi}@${homeDomain}`,
    implicitSets: [
      implicitSet(
        publicIdentities?.map(({ uri, barred }) => distinctIdentity(uri, barred)) ?? [
          distinctIdentity(publicIdentityOf(number)),
          distinctIdentity(`tel:${numberOf(number)}`),
          distinctIdentity(`sip:${imsi}@${homeDomain}`, true),
        ],
      ),
    ],
    authentication: {
      scheme: 'aka',
      aka: {
        material: { algorithm: 'milenage', k: key.k, opc: computeOpc(key.k, key.op) },
        amf: Buffer.from('8000', 'hex'),
        sqn: 0n,
        ind: 2,
        resWithoutZeroOctets: false,
        indBits: 5,
      },
    },
    capabilities: { mandatory: [], optional: [] },
    visitedNetworks: undefined,
    ...changes,
  };
}

/** What the profile of all the subscriber's sets has, for `formatUserData`. */
export function profileContent({ privateIdentity, implicitSets }: Subscriber) {
  return { privateIdentity, serviceProfiles: implicitSets.flatMap(({ serviceProfiles }) => serviceProfiles) };
}

export const imsiOf = (number: number): string => `00101000000000${number}`;
export const numberOf = (number: number): string => `+1555010000${number}`;
export const publicIdentityOf = (number: number): string => `sip:${numberOf(number)}@${homeDomain}`;

/** A SIP message on the wire. */
export interface WireMessage {
  /** Node names. */
  readonly from: string;
  readonly to: string;
  readonly protocol: 'udp' | 'tcp';
  readonly message: SipRequest | SipResponse;
  /** `INVITE`, `200 INVITE`. */
  readonly summary: string;
}

export interface TestNetwork {
  readonly simulation: Simulation;
  /** Of a node that is about to live, with ESP. */
  environmentFor(name: string): Environment;
  readonly nodes: ReadonlyMap<string, FunctionNode>;
  readonly records: readonly TraceRecord[];
  readonly notes: readonly NoteRecord[];
  /** Notes that name a cause, `node what` each. */
  readonly causes: readonly string[];
  readonly faults: readonly FaultRecord[];
  readonly wire: readonly WireMessage[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly resolve: Resolver;
  readonly proxy: readonly Destination[];
  /** Runs until the condition holds, at most `forMs` of virtual time. */
  runUntil(condition: () => boolean, forMs?: number): boolean;
  run(forMs: number): void;
  /** What one node sent another, `INVITE` or `200 INVITE`, in order. */
  sent(from: string, to: string, summary: string): readonly (SipRequest | SipResponse)[];
  /** The node's process dies. */
  crash(name: string): void;
  /** It comes back, with nothing in mind. */
  restart(name: string): void;
  /** Machines and table entries beyond those of a network at rest; what belongs to the HSS's subscribers does not count. */
  leftovers(): Readonly<Record<string, number>>;
}

export interface TestNetworkOptions {
  readonly seed?: number;
  readonly ipv6?: boolean;
  readonly hostMode?: HostMode;
  readonly subscribers?: readonly Subscriber[];
  /** Of the HSS, for changed profiles. */
  readonly services?: Services;
  /** Instead of one in memory that ends with the HSS. */
  readonly store?: (environment: Environment) => SubscriberStore;
  /** Names of nodes that are not started. */
  readonly down?: readonly string[];
  /** How many S-CSCFs and I-CSCFs; one where absent. */
  readonly servers?: number;
  readonly interrogators?: number;
  /** Of the S-CSCFs, as the I-CSCF knows them. */
  readonly capabilities?: readonly (readonly number[])[];
  readonly datagramSizeMax?: number;
  readonly awaitAuthMs?: number;
  readonly authentication?: Partial<ScscfConfig['authentication']>;
  readonly pcscf?: Partial<PcscfConfig>;
  readonly scscf?: Partial<ScscfConfig>;
}

/** As an S-CSCF is given it where a test says nothing else. */
export const authentication: ScscfConfig['authentication'] = {
  aka: 'AKAv1-MD5',
  qop: ['auth'],
  vectors: 1,
  reauthenticate: 'never',
  attemptsMax: 1,
  nonceLifetimeMs: 3_600_000,
  authenticationInfo: false,
};

const hosts = ['pcscf1', 'icscf1', 'scscf1', 'hss1', 'scscf2', 'icscf2', 'ue1', 'ue2', 'ue3', 'peer1'];

class Network implements TestNetwork {
  readonly simulation: Simulation;
  readonly nodes = new Map<string, FunctionNode>();
  readonly records: TraceRecord[] = [];
  readonly wire: WireMessage[] = [];
  readonly addresses: Readonly<Record<string, string>>;
  readonly proxy: readonly Destination[];
  readonly #ipsec = new IpsecLayer();
  readonly #factories = new Map<string, () => FunctionNode>();
  readonly #instancesAtRest = new Map<string, number>();
  readonly #names = new Map<string, string[]>();

  constructor(private readonly options: TestNetworkOptions) {
    this.simulation = createSimulation({ seed: options.seed ?? 1 });
    const trace: Trace = { write: (record) => this.records.push(record), inspecting: true, acting: undefined };
    this.simulation.trace = trace;
    this.addresses = Object.fromEntries(
      hosts.map((host, index) => [host, options.ipv6 ? `2001:db8::${index + 1}` : `192.0.2.${index + 1}`]),
    );
    this.proxy = [{ protocol: 'udp', endpoint: { address: this.addresses.pcscf1!, port: 5060 } }];
    const interrogators = ['icscf1', 'icscf2'].slice(0, options.interrogators ?? 1);
    this.#names.set(
      homeDomain,
      interrogators.map((name) => this.addresses[name]!),
    );
    for (const host of hosts) this.#names.set(`${host}.${homeDomain}`, [this.addresses[host]!]);
    this.#watchWire();
    this.#plan(interrogators);
    for (const name of this.#factories.keys()) if (!options.down?.includes(name)) this.restart(name);
    this.runUntil(() => [...this.nodes.values()].every((node) => node.state === 'serving'), 10_000);
    for (const [name, { instanceCount }] of this.nodes) this.#instancesAtRest.set(name, instanceCount);
  }

  environmentFor(name: string): Environment {
    return this.#ipsec.environmentFor(name, this.simulation.environmentFor(name));
  }

  get notes(): readonly NoteRecord[] {
    return this.records.filter((record) => record.kind === 'note');
  }

  get causes(): readonly string[] {
    return this.notes.filter(({ what }) => what.startsWith('cause.')).map(({ node, what }) => `${node} ${what}`);
  }

  get faults(): readonly FaultRecord[] {
    return this.records.filter((record) => record.kind === 'fault');
  }

  readonly resolve: Resolver = (host, port, transport) => {
    const isNumeric = host.includes(':') || /^[0-9.]+$/.test(host);
    const numeric = isNumeric ? [host] : (this.#names.get(host) ?? []);
    const protocol = transport === 'tcp' ? 'tcp' : 'udp';
    return numeric.map((address) => ({ protocol, endpoint: { address, port: port ?? 5060 } }));
  };

  runUntil(condition: () => boolean, forMs = 300_000): boolean {
    this.simulation.run({ until: condition, forMs });
    return condition();
  }

  run(forMs: number): void {
    this.simulation.run({ forMs });
  }

  sent(from: string, to: string, summary: string): readonly (SipRequest | SipResponse)[] {
    return this.wire
      .filter((entry) => entry.from === from && entry.to === to && entry.summary === summary)
      .map(({ message }) => message);
  }

  crash(name: string): void {
    this.simulation.network.dropNode(this.addresses[name]!);
    this.nodes.get(name)!.stop();
  }

  restart(name: string): void {
    const node = this.#factories.get(name)!();
    this.nodes.set(name, node);
    node.start(() => {});
  }

  leftovers(): Readonly<Record<string, number>> {
    const left: Record<string, number> = {};
    for (const [name, node] of this.nodes) {
      const { connections: _, subscriptions = 0, ...counts } = node.counts;
      const instances = node.instanceCount - subscriptions - this.#instancesAtRest.get(name)!;
      if (instances !== 0) left[`${name} instances`] = instances;
      for (const [table, count] of Object.entries(counts)) if (count !== 0) left[`${name} ${table}`] = count;
    }
    return left;
  }

  #watchWire(): void {
    const nameOf = ({ address }: Endpoint): string =>
      Object.entries(this.addresses).find(([, own]) => own === address)?.[0] ?? address;
    const tap: PacketTap = ({ kind, protocol, from, to, bytes }) => {
      if (kind !== 'data' || from.port === 3868 || to.port === 3868) return;
      const message = parseMessage(bytes);
      if (message.kind === 'error') return;
      const summary = message.kind === 'request' ? message.method : `${message.status} ${message.method}`;
      this.wire.push({ from: nameOf(from), to: nameOf(to), protocol, message, summary });
    };
    this.simulation.network.tap(this.#ipsec.before(tap));
  }

  #plan(interrogators: readonly string[]): void {
    const { options, addresses, resolve } = this;
    const servers = ['scscf1', 'scscf2'].slice(0, options.servers ?? 1);
    const at = (name: string) => ({
      name,
      environment: this.environmentFor(name),
      hostMode: options.hostMode ?? ('compiled' as const),
    });
    const listen = (node: string): ListenPoint[] => [
      { protocol: 'udp', address: addresses[node]!, port: 5060 },
      { protocol: 'tcp', address: addresses[node]!, port: 5060 },
    ];
    const common = (node: string) => ({
      listen: listen(node),
      resolve,
      homeDomain,
      datagramSizeMax: options.datagramSizeMax ?? 1300,
    });
    const diameter = (node: string, peers: readonly string[]) => ({
      originHost: `${node}.${homeDomain}`,
      originRealm: homeDomain,
      local: { address: addresses[node]!, port: 0 },
      peers: peers.map((name) => ({
        name,
        originHost: `${name}.${homeDomain}`,
        address: { address: addresses[name]!, port: 3868 } satisfies Endpoint,
      })),
      timers: { reconnectMs: 30_000, watchdogMs: 30_000, answerMs: 5_000 },
    });
    const nameOf = (server: string): string => `sip:${server}.${homeDomain}:5060`;
    const store = options.store?.(this.environmentFor('store'));
    this.#factories.set('hss1', () =>
      createHss(at('hss1'), {
        listen: [{ address: addresses.hss1!, port: 3868 }],
        diameter: diameter('hss1', []),
        store: store ?? new MemoryStore(options.subscribers ?? [subscriber(1), subscriber(2)]),
        services: options.services ?? new Map(),
      }),
    );
    const registration = {
      expiresMin: 60,
      expiresMax: 600_000,
      expiresDefault: 3600,
      awaitAuthMs: options.awaitAuthMs ?? 240_000,
      contactsMax: 2,
    };
    for (const server of servers) {
      this.#factories.set(server, () =>
        createScscf(at(server), {
          ...common(server),
          serverName: nameOf(server),
          diameter: diameter(server, ['hss1']),
          registration,
          authentication: { ...authentication, ...options.authentication },
          ...options.scscf,
        }),
      );
    }
    const servingCandidates = servers.map((server, index) => ({
      serverName: nameOf(server),
      capabilities: options.capabilities?.[index] ?? [],
    }));
    for (const name of interrogators) {
      this.#factories.set(name, () =>
        createIcscf(at(name), { ...common(name), diameter: diameter(name, ['hss1']), servingCandidates }),
      );
    }
    this.#factories.set('pcscf1', () =>
      createPcscf(at('pcscf1'), { ...common('pcscf1'), networkIdentifier: homeDomain, ...options.pcscf }),
    );
  }
}

export function startNetwork(options: TestNetworkOptions = {}): TestNetwork {
  return new Network(options);
}
