/** A node that runs one network function: assembly of the chassis, start, dispatch, stop. */
import { DiameterEndpoint, type DiameterEndpointOptions } from '../diameter/index.js';
import type { Endpoint } from '../environment/index.js';
import { createMachineHost, type Instance, type MachineHost } from '../machine/index.js';
import {
  hostPort,
  ProxyCore,
  type ServerRequest,
  SipEndpoint,
  type SipEndpointOptions,
  type SipRequest,
} from '../sip/index.js';
import type { Chassis, NetworkFunction, RoutedRequest } from './chassis.js';
import { lifecycle } from './lifecycle.machine.js';
import type { LifecycleState, NetworkNode, NodeOptions, StartFailure } from './node.js';

/** What a network function needs of its node. */
export interface FunctionSettings {
  readonly sip?: Pick<SipEndpointOptions, 'listen' | 'resolve' | 'datagramSizeMax' | 'timersFor'>;
  readonly diameter?: Pick<DiameterEndpointOptions, 'identity' | 'applications' | 'timers'> & {
    readonly listen: readonly Endpoint[];
    readonly peers: readonly { readonly name: string; readonly originHost: string; readonly address: Endpoint }[];
    /** Source address of connections. */
    readonly local: Endpoint;
  };
}

/** Option tags that a proxy of ours lets pass in Proxy-Require (SIP-40). */
const supportedOptions: ReadonlySet<string> = new Set(['path', '100rel', 'precondition', 'timer']);

/** How long a starting node waits for its Diameter peers before it serves without them, ms. */
const peersWaitMs = 2_000;
/** How long a stopping node lets sessions go on, ms. */
const drainMaxMs = 2_000;
const drainPollMs = 50;

export class FunctionNode implements NetworkNode {
  readonly name: string;
  readonly #host: MachineHost;
  readonly #options: NodeOptions;
  readonly #settings: FunctionSettings;
  readonly #function: NetworkFunction;
  readonly #sip: SipEndpoint | undefined;
  readonly #proxy: ProxyCore | undefined;
  readonly #diameter: DiameterEndpoint | undefined;
  readonly #awaitedPeers = new Set<string>();
  #lifecycle: Instance<typeof lifecycle> | undefined;
  #state: LifecycleState = 'starting';
  #failure: StartFailure | undefined;
  #isClosing = false;
  #onChange: (state: LifecycleState) => void = () => {};

  constructor(options: NodeOptions, settings: FunctionSettings, build: (chassis: Chassis) => NetworkFunction) {
    const { name, environment, hostMode } = options;
    this.name = name;
    this.#options = options;
    this.#settings = settings;
    const host = createMachineHost({ node: name, environment, mode: hostMode });
    this.#host = host;
    if (settings.sip !== undefined) {
      this.#sip = new SipEndpoint({
        nodeName: name,
        environment,
        host,
        ...settings.sip,
        onRequest: (request) => this.#dispatch(request),
      });
      this.#proxy = new ProxyCore(this.#sip);
    }
    if (settings.diameter !== undefined) {
      this.#diameter = new DiameterEndpoint({ node: name, environment, host, ...settings.diameter });
    }
    this.#function = build(this.#makeChassis());
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
    return { ...this.#sip?.counts, ...this.#function.counts };
  }

  start(onChange: (state: LifecycleState) => void): void {
    this.#onChange = onChange;
    this.#lifecycle = this.#host.create(lifecycle, {
      id: 'lifecycle',
      input: { peersWaitMs, drainMaxMs },
      owner: this,
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

  /** Effect bindSockets: SIP first, then Diameter; the first failure ends it. */
  bindSockets(): void {
    if (this.#sip === undefined) this.#bindDiameter();
    else {
      this.#sip.start((failure) => {
        if (failure !== undefined) {
          const { protocol, address, port } = failure.listen;
          this.#fail(`${protocol}://${hostPort(address, port)}`, failure.code, failure.message);
        } else if (!this.#isClosing) this.#bindDiameter();
      });
    }
  }

  #bindDiameter(): void {
    const points = this.#settings.diameter?.listen ?? [];
    let missing = points.length;
    if (missing === 0) {
      this.#options.environment.clock.setTimer(0, () => this.#lifecycle?.send({ type: 'node.bound' }));
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
      this.#options.environment.clock.setTimer(0, () => this.#lifecycle?.send({ type: 'peers.connected' }));
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
      if (this.#function.activeCount === 0) this.#lifecycle?.send({ type: 'node.drained' });
      else this.#options.environment.clock.setTimer(drainPollMs, look);
    };
    this.#options.environment.clock.setTimer(0, look);
  }

  /** Effect closeEverything: DPR to the peers, then silence. */
  closeEverything(): void {
    this.#isClosing = true;
    const ended = (): void => {
      this.#function.close();
      this.#proxy?.close();
      this.#sip?.close();
      this.enter(this.#failure === undefined ? 'stopped' : 'failed');
    };
    if (this.#diameter === undefined) ended();
    else this.#diameter.shutdown(ended);
  }

  /** RFC 3261 16.3 and 16.4, then the first procedure that accepts. */
  #dispatch(server: ServerRequest): void {
    const proxy = this.#proxy!;
    const { message } = server;
    if (this.#state === 'draining' && message.toTag === undefined && !server.isAck) {
      server.reply(503, { headers: [['Retry-After', '10']] });
      return;
    }
    if (!proxy.admit(server, { supportedOptions })) return;
    const { request, ownRoutes } = proxy.preprocess(server);
    if (this.#isProbe(request)) {
      server.reply(200, { headers: [['Supported', [...supportedOptions].join(', ')]] });
      return;
    }
    const routed: RoutedRequest = { server, working: request, ownRoute: ownRoutes[0] };
    for (const procedure of this.#function.procedures) {
      if (!procedure.accepts(routed)) continue;
      procedure.begin(routed);
      return;
    }
    if (!server.isAck) server.reply(403);
  }

  /** RFC 3261 11: an OPTIONS for this node itself and no user, as monitors and peers send it. */
  #isProbe({ method, uri, routes }: SipRequest): boolean {
    return method === 'OPTIONS' && uri.user === undefined && routes.length === 0 && this.#sip!.isOwn(uri);
  }

  #makeChassis(): Chassis {
    const { name, environment } = this.#options;
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
