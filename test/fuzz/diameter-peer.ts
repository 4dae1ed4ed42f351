/**
 * Bent and random messages, answers and pieces against a server's connections, from strangers and from peers that have
 * said who they are: nothing may throw, what comes back is well formed, nothing is left behind, and others are served.
 */
import {
  base,
  type CompiledApplication,
  CxClient,
  CxServer,
  cx,
  DiameterEndpoint,
  encodeAnswer,
  encodeRequest,
  StreamFramer,
} from '../../src/diameter/index.js';
import type { Random, StreamConnection, StreamHandlers } from '../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import { createMachineHost, type MachineHost } from '../../src/machine/index.js';

export interface DiameterPeerFuzzResult {
  readonly messages: number;
  readonly connections: number;
  /** Well formed, all of them. */
  readonly answers: number;
  /** Answers that refuse something, by result code. */
  readonly refused: Readonly<Record<number, number>>;
}

const realm = 'ims.example';
const hssAddress = '127.0.0.4';
const origin = { 'Origin-Host': `raw.${realm}`, 'Origin-Realm': realm } as const;
const capabilities = {
  ...origin,
  'Host-IP-Address': ['127.0.0.9'],
  'Vendor-Id': 0,
  'Product-Name': 'raw',
  'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': cx.id }],
} as const;
const { 'Capabilities-Exchange': exchange, 'Device-Watchdog': watchdog, 'Disconnect-Peer': disconnect } = base.commands;
const ids = { hopByHop: 1, endToEnd: 1 };

const uar = encodeRequest(cx.commands['User-Authorization'], ids, {
  'Session-Id': 'raw;1;1',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': cx.id },
  'Auth-Session-State': 1,
  ...origin,
  'Destination-Realm': realm,
  'User-Name': `001@${realm}`,
  'Public-Identity': `sip:+1555@${realm}`,
  'Visited-Network-Identifier': Buffer.from(realm),
});
const corpus: readonly Buffer[] = [
  uar,
  uar,
  encodeRequest(exchange, ids, capabilities),
  encodeAnswer(exchange, ids, { 'Result-Code': 2001, ...capabilities }),
  encodeRequest(watchdog, ids, { ...origin, 'Origin-State-Id': 7 }),
  encodeAnswer(watchdog, ids, { 'Result-Code': 2001, ...origin, 'Origin-State-Id': 9 }),
  encodeRequest(disconnect, ids, { ...origin, 'Disconnect-Cause': 1 }),
  encodeAnswer(disconnect, ids, { 'Result-Code': 2001, ...origin }),
];

/** Throws an Error that names seed and message where something does what it must not. */
export function fuzzDiameterPeers(messages: number, seed: number): DiameterPeerFuzzResult {
  const run = new PeerFuzz(seed);
  for (let message = 0; message < messages; message++) {
    try {
      run.step();
    } catch (error) {
      throw new Error(`${(error as Error).message} (seed ${seed}, message ${message})`, { cause: error });
    }
  }
  run.finish();
  return { messages, connections: run.connections, answers: run.answers, refused: run.refused };
}

const below = (random: Random, limit: number): number => random.uint32() % limit;

class PeerFuzz implements StreamHandlers {
  connections = 0;
  answers = 0;
  readonly refused: Record<number, number> = {};
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #hosts: MachineHost[] = [];
  readonly #hss: DiameterEndpoint;
  readonly #good: DiameterEndpoint;
  #served = 0;
  #stream: StreamConnection | undefined;
  #framer = new StreamFramer(1 << 20);

  constructor(seed: number) {
    this.#simulation = createSimulation({ seed });
    this.#random = this.#simulation.random;
    this.#hss = this.#endpoint('hss1', hssAddress);
    this.#hss.listen({ address: hssAddress, port: 3868 });
    new CxServer(this.#hss, {
      userAuthorization: (_, respond) =>
        respond({ kind: 'experimental', experimentalResultCode: 2001, serverName: 'sip:scscf1' }),
    });
    this.#good = this.#endpoint('icscf1', '127.0.0.2');
    this.#good.connect({
      name: 'hss1',
      from: { address: '127.0.0.2', port: 0 },
      address: { address: hssAddress, port: 3868 },
      expectedHost: `hss1.${realm}`,
    });
    this.#simulation.run({ forMs: 100 });
  }

  #endpoint(name: string, address: string): DiameterEndpoint {
    const environment = this.#simulation.environmentFor(name);
    const host = createMachineHost({ node: name, environment, mode: 'compiled' });
    this.#hosts.push(host);
    return new DiameterEndpoint({
      environment,
      host,
      identity: {
        originHost: `${name}.${realm}`,
        originRealm: realm,
        addresses: [address],
        productName: 'x',
        vendorId: 0,
      },
      applications: [cx as unknown as CompiledApplication],
    });
  }

  step(): void {
    if (this.#stream === undefined) this.#connect();
    const message = this.#draw();
    const cut = below(this.#random, 8) === 0 ? below(this.#random, message.length + 1) : message.length;
    this.#stream!.write(message.subarray(0, cut));
    if (cut < message.length) {
      this.#simulation.run({ forMs: below(this.#random, 2) === 0 ? 1 : 3_000 });
      this.#stream?.write(message.subarray(cut));
    }
    this.#simulation.run({ forMs: 1 + below(this.#random, 5) });
    if (below(this.#random, 200) === 0) this.#serveOthers();
    if (below(this.#random, 50) === 0) this.#stream?.[below(this.#random, 2) === 0 ? 'close' : 'destroy']();
    if (below(this.#random, 300) === 0) this.#simulation.run({ forMs: 40_000 });
  }

  /** Others are served, and nothing of the hostile ones is left. */
  finish(): void {
    this.#serveOthers();
    this.#stream?.destroy();
    this.#simulation.run({ forMs: 60_000 });
    const counts = this.#hosts.map(({ instanceCount }) => instanceCount);
    if (counts.some((count) => count !== 2)) throw new Error(`machines are left: ${counts.join(', ')}`);
    if (this.#hss.local.incompleteOctets !== 0) throw new Error('octets are left');
  }

  #connect(): void {
    this.connections++;
    this.#framer = new StreamFramer(1 << 20);
    const from = { address: '127.0.0.9', port: 0 };
    this.#stream = this.#simulation.network.connectStream(from, { address: hssAddress, port: 3868 }, this);
    // Most say who they are, so that what follows is looked at.
    if (below(this.#random, 5) > 0) this.#stream.write(corpus[2]!);
    this.#simulation.run({ forMs: 5 });
  }

  #draw(): Buffer {
    const random = this.#random;
    if (below(random, 40) === 0) return random.bytes(1 + below(random, 100));
    const message = Buffer.from(corpus[below(random, corpus.length)]!);
    message.writeUInt32BE(random.uint32(), 12);
    message.writeUInt32BE(below(random, 50), 16);
    for (let changes = below(random, 4); changes > 0; changes--) {
      // Mostly behind the length, so that the connection survives.
      const at = below(random, 10) === 0 ? below(random, 4) : 4 + below(random, message.length - 4);
      message[at] = below(random, 2) === 0 ? random.uint32() : message[at]! ^ (1 << below(random, 8));
    }
    return message;
  }

  #serveOthers(): void {
    const before = this.#served;
    const { userName, publicIdentity } = { userName: `002@${realm}`, publicIdentity: `sip:+1556@${realm}` };
    new CxClient(this.#good).userAuthorization(
      { userName, publicIdentity, visitedNetworkIdentifier: realm },
      ({ kind }) => {
        if (kind === 'experimental') this.#served++;
      },
    );
    this.#simulation.run({ forMs: 100 });
    if (this.#served === before) throw new Error('a peer that did nothing wrong was not served');
  }

  onOpen(): void {}

  onData(bytes: Buffer): void {
    const fault = this.#framer.push(bytes, (message) => this.#judge(message));
    if (fault !== undefined) throw new Error(`what came back: ${fault.reason}`);
  }

  onClose(): void {
    this.#stream = undefined;
  }

  /** A request of the server's own, or an answer: E with 3xxx and never otherwise, R and T clear. */
  #judge(message: Buffer): void {
    if ((message[4]! & 0x80) !== 0) return;
    this.answers++;
    if ((message[4]! & 0x10) !== 0) throw new Error('the T bit is set in an answer');
    const at = message.indexOf(Buffer.from('0000010c4000000c', 'hex'));
    const resultCode = at < 0 ? 0 : message.readUInt32BE(at + 8);
    const isProtocolError = resultCode >= 3000 && resultCode < 4000;
    if (((message[4]! & 0x20) !== 0) !== isProtocolError) throw new Error(`the E bit does not suit ${resultCode}`);
    if (resultCode >= 3000) this.refused[resultCode] = (this.refused[resultCode] ?? 0) + 1;
  }
}
