/** A home network in the simulated environment for the tests of its functions: P-CSCF, I-CSCF, S-CSCF and HSS. */
import { computeOpc } from '../../src/aka/index.js';
import type { Endpoint, NoteRecord, Trace, TraceRecord } from '../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import { createHss } from '../../src/ims/hss/index.js';
import { createIcscf } from '../../src/ims/icscf/index.js';
import { createPcscf } from '../../src/ims/pcscf/index.js';
import { createScscf } from '../../src/ims/scscf/index.js';
import type { Subscriber } from '../../src/ims/subscription/subscriber.js';
import type { NetworkNode } from '../../src/node/index.js';
import type { Destination, ListenPoint, Resolver } from '../../src/sip/index.js';

export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

export const key = { k: Buffer.from('imslab-k-number1'), op: Buffer.from('imslab-op-number') };

export function subscriber(number: number, changes: Partial<Subscriber> = {}): Subscriber {
  const imsi = `00101000000000${number}`;
  return {
    imsi,
    privateIdentity: `${imsi}@${homeDomain}`,
    publicIdentities: [
      { uri: `sip:+1555010000${number}@${homeDomain}`, barred: false },
      { uri: `tel:+1555010000${number}`, barred: false },
      { uri: `sip:${imsi}@${homeDomain}`, barred: true },
    ],
    authentication: {
      k: key.k,
      opc: computeOpc(key.k, key.op),
      amf: Buffer.from('8000', 'hex'),
      sqn: 0n,
      ind: 2,
      resWithoutZeroOctets: false,
    },
    capabilities: { mandatory: [], optional: [] },
    visitedNetworks: undefined,
    ...changes,
  };
}

export interface TestNetwork {
  readonly simulation: Simulation;
  readonly nodes: ReadonlyMap<string, NetworkNode>;
  readonly records: readonly TraceRecord[];
  readonly notes: readonly NoteRecord[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly resolve: Resolver;
  readonly proxy: readonly Destination[];
  /** Runs until the condition holds, at most `forMs` of virtual time. */
  runUntil(condition: () => boolean, forMs?: number): boolean;
}

export interface TestNetworkOptions {
  readonly seed?: number;
  readonly ipv6?: boolean;
  readonly subscribers?: readonly Subscriber[];
  /** Names of nodes that are not started. */
  readonly down?: readonly string[];
  readonly servers?: number;
  readonly capabilities?: readonly (readonly number[])[];
}

export function startNetwork(options: TestNetworkOptions = {}): TestNetwork {
  const records: TraceRecord[] = [];
  const simulation = createSimulation({ seed: options.seed ?? 1 });
  const trace: Trace = { write: (record) => records.push(record), inspecting: false, acting: undefined };
  simulation.trace = trace;
  const address = (number: number) => (options.ipv6 ? `2001:db8::${number}` : `192.0.2.${number}`);
  const addresses: Record<string, string> = {
    pcscf1: address(1),
    icscf1: address(2),
    scscf1: address(3),
    hss1: address(4),
    ue1: address(11),
    ue2: address(12),
    scscf2: address(5),
  };
  const listen = (node: string): ListenPoint[] => [
    { protocol: 'udp', address: addresses[node]!, port: 5060 },
    { protocol: 'tcp', address: addresses[node]!, port: 5060 },
  ];
  const names = new Map<string, string>([[homeDomain, addresses.icscf1!]]);
  for (const [node, host] of Object.entries(addresses)) names.set(`${node}.${homeDomain}`, host);
  const resolve: Resolver = (host, port, transport) => {
    const isNumeric = host.includes(':') || /^[0-9.]+$/.test(host);
    const numeric = isNumeric ? host : names.get(host);
    if (numeric === undefined) return [];
    return [{ protocol: transport === 'tcp' ? 'tcp' : 'udp', endpoint: { address: numeric, port: port ?? 5060 } }];
  };
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
  const at = (name: string) => ({ name, environment: simulation.environmentFor(name), hostMode: 'compiled' as const });
  const common = (node: string) => ({ listen: listen(node), resolve, homeDomain, datagramSizeMax: 1300 });
  const servers = ['scscf1', 'scscf2'].slice(0, options.servers ?? 1);
  const all: [string, () => NetworkNode][] = [
    [
      'hss1',
      () =>
        createHss(at('hss1'), {
          listen: [{ address: addresses.hss1!, port: 3868 }],
          diameter: diameter('hss1', []),
          homeDomain,
          subscribers: options.subscribers ?? [subscriber(1), subscriber(2)],
        }),
    ],
    ...servers.map((server): [string, () => NetworkNode] => [
      server,
      () =>
        createScscf(at(server), {
          ...common(server),
          serverName: `sip:${server}.${homeDomain}:5060`,
          diameter: diameter(server, ['hss1']),
          registration: { expiresMin: 60, expiresMax: 600_000, expiresDefault: 3600, awaitAuthMs: 240_000 },
        }),
    ]),
    [
      'icscf1',
      () =>
        createIcscf(at('icscf1'), {
          ...common('icscf1'),
          diameter: diameter('icscf1', ['hss1']),
          servingCandidates: servers.map((server, index) => ({
            serverName: `sip:${server}.${homeDomain}:5060`,
            capabilities: options.capabilities?.[index] ?? [],
          })),
        }),
    ],
    ['pcscf1', () => createPcscf(at('pcscf1'), { ...common('pcscf1'), networkIdentifier: homeDomain })],
  ];
  const nodes = new Map<string, NetworkNode>();
  for (const [name, create] of all) if (!options.down?.includes(name)) nodes.set(name, create());
  for (const node of nodes.values()) node.start(() => {});
  const runUntil = (condition: () => boolean, forMs = 300_000): boolean => {
    simulation.run({ until: condition, forMs });
    return condition();
  };
  runUntil(() => [...nodes.values()].every((node) => node.state === 'serving'), 10_000);
  return {
    simulation,
    nodes,
    records,
    get notes() {
      return records.filter((record): record is NoteRecord => record.kind === 'note');
    },
    addresses,
    resolve,
    proxy: [{ protocol: 'udp', endpoint: { address: addresses.pcscf1!, port: 5060 } }],
    runUntil,
  };
}
