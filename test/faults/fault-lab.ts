/** Nodes of nothing but sockets under a fault layer, with IPsec below it, in either environment, for the tests of the layer. */
import { networkInterfaces } from 'node:os';
import type { Endpoint, Environment, NoteRecord, Packet, Trace } from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { type Fault, type FaultAction, FaultLayer } from '../../src/faults/index.js';
import { IpsecLayer } from '../../src/ipsec/index.js';
import { PortNames } from '../../src/lab/port-names.js';
import type { MessagePattern } from '../../src/selection/index.js';
import { hostPort } from '../../src/sip/index.js';
import { NodeTable } from '../../src/trace/index.js';
import { StreamFramer } from '../../src/trace/stream-framer.js';

const WAIT_MS_MAX = 10_000;

export class FaultLab {
  readonly layer: FaultLayer;
  readonly packets: Packet[] = [];
  readonly notes: NoteRecord[] = [];
  readonly #table = new NodeTable([]);
  readonly #portNames = new PortNames(this.#table);
  readonly #outside: (name: string) => Environment;
  readonly #environmentFor: (name: string) => Environment;
  readonly #run: (condition: () => boolean, forMs: number) => Promise<void>;
  readonly close: () => Promise<void>;

  constructor(readonly kind: 'simulated' | 'real') {
    const trace: Trace = {
      write: (record) => {
        if (record.kind === 'note') this.notes.push(record);
      },
      inspecting: false,
      acting: undefined,
    };
    const world = kind === 'simulated' ? createSimulation({ seed: 1 }) : createRealEnvironment();
    world.trace = trace;
    this.layer = new FaultLayer({ clock: world.clock, nameOf: (endpoint) => this.#table.nameOf(endpoint) });
    const tap = (packet: Packet): void => {
      this.packets.push({ ...packet, bytes: Buffer.from(packet.bytes) });
    };
    const ipsec = new IpsecLayer();
    world.network.tap(ipsec.before(this.layer.before(this.#portNames.before(tap))));
    this.#environmentFor = (name) => ipsec.environmentFor(name, world.environmentFor(name));
    this.#run =
      'run' in world
        ? async (until, forMs) => {
            world.run({ until, forMs });
          }
        : async (until, forMs) => {
            const end = world.clock.now() + forMs;
            while (!until() && world.clock.now() < end) {
              await new Promise<void>((resolve) => {
                world.clock.setTimer(1, resolve);
              });
            }
          };
    if (!('close' in world)) {
      this.#outside = (name) => ipsec.environmentFor(name, world.environmentFor(name));
      this.close = async () => undefined;
      return;
    }
    // Sockets that the lab's network does not know, as those of other programs.
    const others = createRealEnvironment();
    const othersIpsec = new IpsecLayer();
    this.#outside = (name) => othersIpsec.environmentFor(name, others.environmentFor(name));
    this.close = async () => {
      await world.close();
      await others.close();
    };
  }

  /** Data packets that the tap has seen: `from>to` by name, and what the fault did. */
  get wire(): readonly string[] {
    const name = (endpoint: Endpoint): string => this.#table.nameOf(endpoint);
    return this.packets
      .filter(({ kind }) => kind === 'data')
      .map(({ from, to, fault }) => `${name(from)}>${name(to)}${fault === undefined ? '' : ` ${fault.effect}`}`);
  }

  /** In real time where the sockets are real: ask for as little as will do. */
  async until(condition: () => boolean): Promise<void> {
    await this.#run(condition, WAIT_MS_MAX);
    expect(condition()).toBe(true);
  }

  wait(forMs: number): Promise<void> {
    return this.#run(() => false, forMs);
  }

  /** A node of the layer; again under its name: the next life of it. */
  node(name: string, address: string): TestNode {
    const inner = this.#portNames.watch(name, this.#environmentFor(name));
    return new TestNode(this, name, address, this.layer.environmentFor(name, inner));
  }

  /** Somebody whom the layer does not know. */
  outsider(address: string): TestNode {
    return new TestNode(this, undefined, address, this.#outside('outside'));
  }

  learn(name: string | undefined, { address, port }: Endpoint): void {
    if (name !== undefined) this.#table.learn(name, hostPort(address, port));
  }

  plant(action: FaultAction, message: string, more: Partial<Fault> & { pattern?: MessagePattern } = {}): void {
    this.layer.add({ name: 'f', nth: [1], action, ...more, pattern: { message, ...more.pattern } });
  }
}

export class TestNode {
  constructor(
    private readonly lab: FaultLab,
    readonly name: string | undefined,
    readonly address: string,
    readonly environment: Environment,
  ) {}

  async bind(port = 0): Promise<TestDatagram> {
    const socket = new TestDatagram(this.environment, { address: this.address, port });
    await this.lab.until(() => socket.isReady);
    this.lab.learn(this.name, socket.local);
    return socket;
  }

  async listen(port = 0): Promise<TestListener> {
    const listener = new TestListener(this.environment, { address: this.address, port });
    await this.lab.until(() => listener.isReady);
    this.lab.learn(this.name, listener.local);
    return listener;
  }

  connect(to: Endpoint): TestStream {
    const stream = new TestStream();
    stream.attach(this.environment.network.connectStream({ address: this.address, port: 0 }, to, stream));
    return stream;
  }
}

export class TestDatagram {
  readonly received: Buffer[] = [];
  isReady = false;
  readonly #socket: ReturnType<Environment['network']['bindDatagram']>;

  constructor(environment: Environment, local: Endpoint) {
    this.#socket = environment.network.bindDatagram(local, {
      onListening: () => {
        this.isReady = true;
      },
      onDatagram: (bytes) => this.received.push(Buffer.from(bytes)),
      onError: () => undefined,
    });
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(bytes: Buffer, to: Endpoint): void {
    this.#socket.send(bytes, to);
  }

  close(): void {
    this.#socket.close();
  }
}

export class TestListener {
  readonly streams: TestStream[] = [];
  isReady = false;
  errorCode: string | undefined;
  readonly #listener: ReturnType<Environment['network']['listenStream']>;

  constructor(environment: Environment, local: Endpoint) {
    this.#listener = environment.network.listenStream(local, {
      onListening: () => {
        this.isReady = true;
      },
      onConnection: (connection) => {
        const stream = new TestStream();
        stream.attach(connection);
        this.streams.push(stream);
        return stream;
      },
      onError: (code) => {
        this.errorCode = code;
      },
    });
  }

  get local(): Endpoint {
    return this.#listener.local;
  }
}

export class TestStream {
  /** Whole messages. */
  readonly received: Buffer[] = [];
  isOpen = false;
  readonly closes: (string | undefined)[] = [];
  readonly #framer = new StreamFramer();
  connection!: ReturnType<Environment['network']['connectStream']>;

  attach(connection: ReturnType<Environment['network']['connectStream']>): void {
    this.connection = connection;
  }

  onOpen(): void {
    expect(this.isOpen).toBe(false);
    this.isOpen = true;
  }

  onData(bytes: Buffer): void {
    expect(this.isOpen).toBe(true);
    expect(this.closes).toEqual([]);
    this.received.push(...this.#framer.push(bytes));
  }

  onClose(errorCode: string | undefined): void {
    this.closes.push(errorCode);
  }

  send(bytes: Buffer): void {
    this.connection.write(bytes);
  }
}

/** Two ends between which messages pass, whatever carries them. */
export interface Channel {
  readonly one: ChannelEnd;
  readonly other: ChannelEnd;
}

export interface ChannelEnd {
  readonly received: readonly Buffer[];
  send(bytes: Buffer): void;
}

export const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

const families = [
  { family: 'IPv4', addresses: ['127.0.0.1', '127.0.0.2'] },
  { family: 'IPv6', addresses: ['::1', '::1'] },
] as const;

/** Every environment, transport and family of addresses. */
export const cases = (['simulated', 'real'] as const).flatMap((kind) =>
  families
    .filter(({ family }) => kind === 'simulated' || family === 'IPv4' || hasIpv6)
    .flatMap(({ family, addresses }) =>
      (['udp', 'tcp'] as const).map((transport) => ({
        name: `${kind}, ${transport}, ${family}`,
        kind,
        transport,
        addresses: addresses as readonly [string, string],
      })),
    ),
);

/** `ue1` and `pcscf1`; over TCP `ue1` has connected. */
export async function openChannel(
  lab: FaultLab,
  transport: 'udp' | 'tcp',
  [a, b]: readonly [string, string],
  [oneName, otherName]: readonly [string | undefined, string | undefined] = ['ue1', 'pcscf1'],
): Promise<Channel> {
  const one = oneName === undefined ? lab.outsider(a) : lab.node(oneName, a);
  const other = otherName === undefined ? lab.outsider(b) : lab.node(otherName, b);
  if (transport === 'udp') {
    const [from, to] = [await one.bind(), await other.bind()];
    return {
      one: { received: from.received, send: (bytes) => from.send(bytes, to.local) },
      other: { received: to.received, send: (bytes) => to.send(bytes, from.local) },
    };
  }
  const listener = await other.listen();
  const stream = one.connect(listener.local);
  await lab.until(() => stream.isOpen && listener.streams.length > 0);
  return { one: stream, other: listener.streams[0]! };
}
