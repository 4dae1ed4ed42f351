/** A node that runs one network function: assembly of the chassis, start, dispatch, stop. */
import { type DiameterEndpointOptions, ownRequestsMax } from '../diameter/index.js';
import type { Endpoint, Environment } from '../environment/index.js';
import { createMachineHost, type Instance, type MachineHost } from '../machine/index.js';
import {
  type AdmissionRules,
  hostPort,
  type ServerRequest,
  SipEndpoint,
  type SipEndpointOptions,
  type SipRequest,
} from '../sip/index.js';
import type { Chassis, NetworkFunction, Procedure, RoutedRequest } from './chassis.js';
import { Guard, guardedEnvironment } from './guard.js';
import { GuardedDiameter, GuardedProxy } from './guarded-endpoints.js';
import type { MachineCount, NodeInspection, Queue } from './inspection.js';
import { lifecycle } from './lifecycle.machine.js';
import type { LifecycleState, NetworkNode, NodeOptions, StartFailure } from './node.js';
import { drainingCause, refusalCause } from './refusal-cause.js';
import { WatchedHost } from './watched-host.js';

/** What a network function needs of its node. */
export interface FunctionSettings {
  readonly sip?: Pick<
    SipEndpointOptions,
    'listen' | 'resolve' | 'datagramSizeMax' | 'requestsMax' | 'timersFor' | 'senderOf'
  >;
  /** Option tags that Proxy-Require may name, beyond those of every proxy here (SIP-40). */
  readonly options?: readonly string[];
  /** UDP listen points that take nothing but ESP (AKA-52). */
  readonly protectedPoints?: readonly Endpoint[];
  readonly diameter?: Pick<DiameterEndpointOptions, 'identity' | 'applications' | 'timers' | 'peerHosts' | 'reach'> & {
    readonly listen: readonly Endpoint[];
    readonly peers: readonly { readonly name: string; readonly originHost: string; readonly address: Endpoint }[];
    /** Source address of connections. */
    readonly local: Endpoint;
  };
}

/** Option tags that a proxy of ours lets pass in Proxy-Require (SIP-40). */
const commonOptions: readonly string[] = ['path', '100rel', 'precondition', 'timer'];

/** How long a starting node waits for its Diameter peers before it serves without them, ms. */
const peersWaitMs = 2_000;
/** How long a stopping node lets sessions go on, ms. */
const drainMaxMs = 2_000;
const drainPollMs = 50;

/** SIP-62: server transactions, from where new work is turned away; beyond twice this everything is dropped. */
const transactionsMax = 100_000;
const connectionsMax = 10_000;

export class FunctionNode<TFunction extends NetworkFunction = NetworkFunction> implements NetworkNode {
  readonly name: string;
  /** What runs in it. */
  readonly function: TFunction;
  readonly #environment: Environment;
  readonly #guard: Guard;
  readonly #host: MachineHost;
  readonly #watched: WatchedHost | undefined;
  readonly #settings: FunctionSettings;
  readonly #supportedOptions: ReadonlySet<string>;
  readonly #sip: SipEndpoint | undefined;
  readonly #proxy: GuardedProxy | undefined;
  readonly #diameter: GuardedDiameter | undefined;
  readonly #awaitedPeers = new Set<string>();
  readonly #admission: AdmissionRules;
  readonly #chassis: Chassis;
  #lifecycle: Instance<typeof lifecycle> | undefined;
  #state: LifecycleState = 'starting';
  #failure: StartFailure | undefined;
  #isClosing = false;
  #startedAt = 0;
  #onChange: (state: LifecycleState) => void = () => {};

  constructor(options: NodeOptions, settings: FunctionSettings, build: (chassis: Chassis) => TFunction) {
    const { name, hostMode } = options;
    this.name = name;
    this.#settings = settings;
    this.#supportedOptions = new Set([...commonOptions, ...(settings.options ?? [])]);
    this.#guard = new Guard(name, options.environment);
    const environment = guardedEnvironment(options.environment, this.#guard);
    this.#environment = environment;
    const plain = createMachineHost({ node: name, environment, mode: hostMode });
    this.#watched = environment.trace === undefined ? undefined : new WatchedHost(plain, environment.clock);
    const host = this.#watched ?? plain;
    this.#host = host;
    if (settings.sip !== undefined) {
      this.#sip = new SipEndpoint({
        nodeName: name,
        environment,
        host,
        ...settings.sip,
        pendingMax: transactionsMax,
        connectionsMax,
        onRequest: (request) => this.#receive(request),
      });
      this.#proxy = new GuardedProxy(this.#sip, this.#guard);
    }
    if (settings.diameter !== undefined) {
      this.#diameter = new GuardedDiameter({ node: name, environment, host, ...settings.diameter }, this.#guard);
    }
    this.#chassis = this.#makeChassis();
    this.#admission = {
      supportedOptions: this.#supportedOptions,
      isEnd: (server) => this.#endsHere(server),
      onRefused: (request, refusal) => this.#chassis.explain(refusalCause(request, refusal)),
    };
    this.function = build(this.#chassis);
  }

  get state(): LifecycleState {
    return this.#state;
  }

  get failure(): StartFailure | undefined {
    return this.#failure;
  }

  get instanceCount(): number {
    return this.#host.instanceCount;
  }

  /** How many of each thing the node keeps, for leak checks. */
  get counts(): Readonly<Record<string, number>> {
    return { ...this.#sip?.counts, ...this.function.counts };
  }

  inspect(): NodeInspection {
    const { machines, queues = [], assigned, served, serverName } = this.function.inspect();
    const { pendingCount = 0, lastUnansweredAt = 0 } = this.#diameter ?? {};
    return {
      node: this.name,
      exceptionCount: this.#guard.exceptionCount,
      pendingCount,
      unbrokenSince: Math.max(this.#startedAt, lastUnansweredAt),
      queues: [...this.#queues(), ...queues],
      oldestTransaction: this.#watched?.oldestTransaction,
      machines: this.#watched === undefined ? [] : this.#machines(this.#watched, machines),
      assigned,
      served,
      serverName,
    };
  }

  #queues(): readonly Queue[] {
    const queues: Queue[] = [];
    if (this.#sip !== undefined) {
      const { serverTransactions, connections } = this.#sip.counts;
      queues.push({ name: 'SIP server transactions', length: serverTransactions, max: 2 * transactionsMax });
      queues.push({ name: 'SIP connections', length: connections, max: connectionsMax });
    }
    if (this.#diameter !== undefined) {
      const { pendingCount, peerStates } = this.#diameter;
      const max = ownRequestsMax * Math.max(1, peerStates.size);
      queues.push({ name: 'Diameter requests under way', length: pendingCount, max });
    }
    return queues;
  }

  #machines(watched: WatchedHost, held: Readonly<Record<string, number>>): readonly MachineCount[] {
    const counts = Object.entries(held).map(([machine, count]) => ({
      machine,
      live: watched.liveCount(machine),
      held: count,
    }));
    const transactions = ['inviteServerTransaction', 'nonInviteServerTransaction'].map((id) => watched.liveCount(id));
    counts.push({
      machine: 'server transactions',
      live: transactions[0]! + transactions[1]!,
      held: this.#sip?.counts.serverTransactions ?? 0,
    });
    const peers = this.#diameter?.peerStates.size ?? 0;
    for (const machine of ['peer', 'watchdog']) counts.push({ machine, live: watched.liveCount(machine), held: peers });
    return counts;
  }

  start(onChange: (state: LifecycleState) => void): void {
    this.#onChange = onChange;
    this.#startedAt = this.#environment.clock.now();
    this.#lifecycle = this.#host.create(lifecycle, {
      id: 'lifecycle',
      input: { peersWaitMs, drainMaxMs },
      owner: this as FunctionNode,
      effects: lifecycleEffects,
    });
    onChange(this.#state);
  }

  stop(): void {
    this.#lifecycle?.send({ type: 'node.stop' });
  }

  /** For the lifecycle machine's effects. */
  enter(state: LifecycleState): void {
    this.#state = state;
    this.#onChange(state);
  }

  /** Effect bindSockets: SIP first, then ESP, then Diameter; the first failure ends it. */
  bindSockets(): void {
    if (this.#sip === undefined) this.#bindDiameter();
    else {
      this.#sip.start((failure) => {
        if (failure !== undefined) {
          const { protocol, address, port } = failure.listen;
          this.#fail(`${protocol}://${hostPort(address, port)}`, failure.code, failure.message);
        } else if (!this.#isClosing) this.#openEsp([...(this.#settings.protectedPoints ?? [])]);
      });
    }
  }

  /** One address after the other. */
  #openEsp(points: readonly Endpoint[]): void {
    const [first] = points;
    if (first === undefined) {
      this.#bindDiameter();
      return;
    }
    const { address } = first;
    const wanted = `udp://${hostPort(address, 4500)}`; // RFC 3948 2.1
    const { ipsec } = this.#environment;
    if (ipsec === undefined) {
      this.#fail(wanted, 'ENOTSUP', 'nothing carries ESP here');
      return;
    }
    const ports = points.filter((point) => point.address === address).map(({ port }) => port);
    ipsec.open(address, ports, (failure) => {
      if (failure !== undefined) this.#fail(wanted, failure.code, failure.message);
      else if (!this.#isClosing) this.#openEsp(points.filter((point) => point.address !== address));
    });
  }

  #bindDiameter(): void {
    const points = this.#settings.diameter?.listen ?? [];
    let missing = points.length;
    if (missing === 0) {
      this.#environment.clock.setTimer(0, () => this.#lifecycle?.send({ type: 'node.bound' }));
      return;
    }
    for (const point of points) {
      this.#diameter?.listen(point, {
        onListening: () => {
          missing--;
          if (missing === 0) this.#lifecycle?.send({ type: 'node.bound' });
        },
        onError: (code, message) => this.#fail(`tcp://${hostPort(point.address, point.port)}`, code, message),
      });
    }
  }

  /** Only the first failure counts, and only before service: a listener that breaks later is a fault, not a start. */
  #fail(wanted: string, code: string, message: string): void {
    if (this.#state !== 'starting' || this.#isClosing) return;
    this.#failure = { node: this.name, wanted, code, message };
    this.#lifecycle?.send({ type: 'node.bindFailed', failure: this.#failure });
  }

  /** Effect connectPeers. Peers that do not come are retried on by the Diameter endpoint while the node serves. */
  connectPeers(): void {
    this.enter('connectingPeers');
    const { diameter } = this.#settings;
    if (diameter === undefined || diameter.peers.length === 0) {
      this.#environment.clock.setTimer(0, () => this.#lifecycle?.send({ type: 'peers.connected' }));
      return;
    }
    this.#diameter?.onPeerStateChange((peerName, state) => {
      if (state !== 'open' || !this.#awaitedPeers.delete(peerName) || this.#awaitedPeers.size > 0) return;
      this.#lifecycle?.send({ type: 'peers.connected' });
    });
    for (const { name, originHost, address } of diameter.peers) {
      this.#awaitedPeers.add(name);
      this.#diameter?.connect({ name, from: diameter.local, address, expectedHost: originHost });
    }
  }

  /** Effect refuseNewWork: wait until the sessions have ended; the machine bounds it. */
  drain(): void {
    this.enter('draining');
    const look = (): void => {
      if (this.#state !== 'draining') return;
      if (this.function.activeCount === 0) this.#lifecycle?.send({ type: 'node.drained' });
      else this.#environment.clock.setTimer(drainPollMs, look);
    };
    this.#environment.clock.setTimer(0, look);
  }

  /** Effect closeEverything: DPR to the peers, then silence. */
  closeEverything(): void {
    this.#isClosing = true;
    const ended = (): void => {
      this.function.close();
      this.#proxy?.close();
      this.#sip?.close();
      this.enter(this.#failure === undefined ? 'stopped' : 'failed');
    };
    if (this.#diameter === undefined) ended();
    else this.#diameter.shutdown(ended);
  }

  /** What throws here costs the sender a 500, and the node nothing. */
  #receive(server: ServerRequest): void {
    const guard = this.#guard;
    const outer = guard.inHand;
    guard.inHand = server;
    try {
      this.#dispatch(server);
    } catch (error) {
      guard.survive(error, `${server.message.method} request`);
    } finally {
      guard.inHand = outer;
    }
  }

  /** RFC 3261 16.3 and 16.4, then the first procedure that accepts. */
  #dispatch(server: ServerRequest): void {
    const proxy = this.#proxy!;
    const { message } = server;
    if (this.#state === 'draining' && message.toTag === undefined && !server.isAck) {
      this.#chassis.explain(drainingCause(message));
      server.reply(503, { headers: [['Retry-After', '10']] });
      return;
    }
    if (!proxy.admit(server, this.#admission)) return;
    const routed = this.#routed(server);
    if (this.#isProbe(routed.working)) {
      server.reply(200, { headers: [['Supported', [...this.#supportedOptions].join(', ')]] });
      return;
    }
    const procedure = this.#procedureFor(routed);
    if (procedure !== undefined) procedure.begin(routed);
    else if (!server.isAck) server.reply(403);
  }

  #routed(server: ServerRequest): RoutedRequest {
    const { request, ownRoutes } = this.#proxy!.preprocess(server);
    return { server, working: request, ownRoute: ownRoutes[0] };
  }

  #procedureFor(routed: RoutedRequest): Procedure | undefined {
    return this.function.procedures.find((procedure) => procedure.accepts(routed));
  }

  #endsHere(server: ServerRequest): boolean {
    const routed = this.#routed(server);
    return this.#isProbe(routed.working) || this.#procedureFor(routed)?.isEnd === true;
  }

  /** RFC 3261 11: an OPTIONS for this node itself and no user, as monitors and peers send it. */
  #isProbe(request: SipRequest): boolean {
    if (request.method !== 'OPTIONS') return false;
    const { uri, routes } = request;
    return uri.user === undefined && routes.length === 0 && this.#sip!.isOwn(uri);
  }

  #makeChassis(): Chassis {
    const name = this.name;
    const environment = this.#environment;
    const missing = (part: string) => new Error(`${name} was built without ${part}`);
    const sip = this.#sip;
    const proxy = this.#proxy;
    const diameter = this.#diameter;
    return {
      name,
      environment,
      host: this.#host,
      get sip() {
        if (sip === undefined) throw missing('SIP');
        return sip;
      },
      get proxy() {
        if (proxy === undefined) throw missing('SIP');
        return proxy;
      },
      get diameter() {
        if (diameter === undefined) throw missing('Diameter');
        return diameter;
      },
      explain: ({ what, text, clause }) => {
        const { trace, clock } = environment;
        trace?.write({ kind: 'note', time: clock.now(), node: name, what, text: `${name}: ${text}`, clause });
      },
    };
  }
}

const lifecycleEffects = {
  bindSockets: (_: unknown, node: FunctionNode) => node.bindSockets(),
  connectPeers: (_: unknown, node: FunctionNode) => node.connectPeers(),
  beginService: (_: unknown, node: FunctionNode) => node.enter('serving'),
  refuseNewWork: (_: unknown, node: FunctionNode) => node.drain(),
  closeEverything: (_: unknown, node: FunctionNode) => node.closeEverything(),
};
