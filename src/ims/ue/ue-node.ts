/** A UE as a node: its socket, its life, and who gets a request that comes in. */
import { createMachineHost, type EffectsOf, type Instance, type MachineHost } from '../../machine/index.js';
import { lifecycle } from '../../node/lifecycle.machine.js';
import type { LifecycleState, NodeOptions, StartFailure } from '../../node/node.js';
import {
  bodyOfType,
  defaultPortOf,
  detached,
  hostPort,
  isNumericHost,
  type ListenPoint,
  type Resolver,
  type ServerRequest,
  SipEndpoint,
  type SipTimers,
  ueTimers,
} from '../../sip/index.js';
import { refuseNotify } from '../reg-event/index.js';
import type { Call } from './call.js';
import type { AnswerBehaviour, UeConfig } from './config.js';
import { allow, MergedRequests, refusalOf, supported } from './inspection.js';
import { OriginatingCall } from './originating-call.js';
import { PagerMessage } from './pager-message.js';
import { RegistrationFlows } from './registration-flows.js';
import { TerminatingCall } from './terminating-call.js';
import type {
  CallHandle,
  CallOptions,
  CallOutcome,
  DeregisterOptions,
  MessageOutcome,
  ReceivedMessage,
  RegisterOptions,
  RegistrationOutcome,
  UeNode,
} from './ue.js';
import { protectedPortsEach, UserAgent } from './user-agent.js';

const timersFor = (): SipTimers => ueTimers; // TS 24.229 7.7

type Listeners<T> = readonly ((value: T) => void)[];

/** One for all UEs: a lab may have 100,000. */
const nobody: readonly never[] = [];

/** How long a stopping UE lets its call end. */
const drainMaxMs = 2_000;

export class EmulatedUe implements UeNode {
  readonly name: string;
  readonly #host: MachineHost;
  readonly #sip: SipEndpoint;
  readonly #agent: UserAgent;
  readonly #merged: MergedRequests;
  #onIncoming: Listeners<CallHandle> = nobody;
  #onIncomingEnded: Listeners<CallOutcome> = nobody;
  #onMessages: Listeners<ReceivedMessage> = nobody;
  #onRegistrations: Listeners<RegistrationOutcome> = nobody;
  /** Pager messages that wait for their response. */
  #messages: readonly PagerMessage[] = nobody;
  #lifecycle: Instance<typeof lifecycle> | undefined;
  #onChange: (state: LifecycleState) => void = () => {};
  #registration: RegistrationFlows | undefined;
  #call: Call | undefined;
  #nextAnswer: AnswerBehaviour | undefined;

  constructor({ name, environment, hostMode }: NodeOptions, config: UeConfig) {
    this.name = name;
    this.#host = createMachineHost({ node: name, environment, mode: hostMode });
    this.#sip = new SipEndpoint({
      nodeName: name,
      environment,
      host: this.#host,
      resolve: this.#resolve,
      listen: [...config.listen, ...protectedPoints(config)],
      tls: config.tls,
      onConnectionEnded: config.tls === undefined ? undefined : (flow) => this.#registration?.noteConnectionEnded(flow),
      senderOf: (local) => this.#registration?.senderOf(local), // AKA-51
      onPong: (from) => this.#registration?.notePong(from),
      timersFor,
      datagramSizeMax: config.datagramSizeMax,
      onRequest: (request) => this.#dispatch(request),
    });
    this.#agent = new UserAgent(name, environment, this.#host, this.#sip, config);
    this.#merged = new MergedRequests(environment.clock);
  }

  get state(): LifecycleState {
    return (this.#lifecycle?.state ?? 'stopped') as LifecycleState;
  }

  get failure(): StartFailure | undefined {
    return this.#lifecycle?.context.failure;
  }

  get instanceCount(): number {
    return this.#host.instanceCount;
  }

  get publicIdentity(): string {
    return this.#registration?.binding?.defaultIdentity ?? this.#agent.config.publicIdentity;
  }

  start(onChange: (state: LifecycleState) => void): void {
    this.#onChange = onChange;
    this.#lifecycle = this.#host.create(lifecycle, {
      id: 'lifecycle',
      input: { peersWaitMs: 0, drainMaxMs },
      owner: this,
      effects,
    });
  }

  stop(): void {
    this.#lifecycle?.send({ type: 'node.stop' });
  }

  get isRegistered(): boolean {
    return this.#registration?.binding !== undefined;
  }

  get contactCount(): number {
    return this.#registration?.contactCount ?? 0;
  }

  register(done: (outcome: RegistrationOutcome) => void, { expires }: RegisterOptions = {}): void {
    if (this.#registration === undefined) done(this.#notRunning());
    else this.#registration.register(done, expires);
  }

  reregister(done: (outcome: RegistrationOutcome) => void, { expires }: RegisterOptions = {}): void {
    if (this.#registration === undefined) done(this.#notRunning());
    else this.#registration.reregister(done, expires);
  }

  deregister(done: (outcome: RegistrationOutcome) => void, { contacts }: DeregisterOptions = {}): void {
    if (this.#registration === undefined) done(this.#notRunning());
    else if (contacts === 'all') this.#registration.deregisterAll(done);
    else this.#registration.deregister(done);
  }

  onRegistration(listener: (outcome: RegistrationOutcome) => void): void {
    this.#onRegistrations = [...this.#onRegistrations, listener];
  }

  call(target: string, { holdForMs }: CallOptions, done: (outcome: CallOutcome) => void): CallHandle | undefined {
    if (this.state !== 'serving' || this.#call !== undefined) {
      const reason = this.#call === undefined ? `${this.name} is not running` : `${this.name} is in another call`;
      done({ ...noCall, reason });
      return undefined;
    }
    const call = new OriginatingCall(this.#agent, {
      target,
      holdForMs,
      identity: this.publicIdentity,
      serviceRoute: this.#registration?.binding?.serviceRoute ?? [],
      onEnded: (call) => this.#onCallEnded(call),
      onMessage: (server) => this.#takeMessage(server),
      onRefused: (response) => this.#registration?.noteRefusal(response),
      onOutcome: done,
    });
    this.#call = call;
    return call;
  }

  onIncomingCall(listener: (call: CallHandle) => void): void {
    this.#onIncoming = [...this.#onIncoming, listener];
  }

  onIncomingCallEnded(listener: (outcome: CallOutcome) => void): void {
    this.#onIncomingEnded = [...this.#onIncomingEnded, listener];
  }

  answerNextCall(behaviour: AnswerBehaviour): void {
    this.#nextAnswer = behaviour;
  }

  message(target: string, text: string, done: (outcome: MessageOutcome) => void): void {
    if (this.state !== 'serving') {
      done({ success: false, status: undefined, reason: `${this.name} is not running`, clause: undefined });
      return;
    }
    const message = new PagerMessage(this.#agent, {
      target,
      text,
      identity: this.publicIdentity,
      serviceRoute: this.#registration?.binding?.serviceRoute ?? [],
      onRefused: (response) => this.#registration?.noteRefusal(response),
      onOutcome: (ended, outcome) => {
        this.#messages = this.#messages.filter((each) => each !== ended);
        done(outcome);
      },
    });
    this.#messages = [...this.#messages, message];
  }

  onIncomingMessage(listener: (message: ReceivedMessage) => void): void {
    this.#onMessages = [...this.#onMessages, listener];
  }

  reconfigure(config: UeConfig): void {
    const { listen, privateIdentity, publicIdentity, sim, authentication, security } = this.#agent.config;
    this.#agent.config = { ...config, listen, privateIdentity, publicIdentity, sim, authentication, security };
    this.#registration?.noteFeatures();
  }

  /** For the lifecycle. */
  bind(): void {
    this.#sip.start((failure) => {
      if (failure === undefined) {
        this.#openIpsec();
        return;
      }
      const { code, message, listen } = failure;
      const wanted = `${listen.protocol}://${hostPort(listen.address, listen.port)}`;
      this.#lifecycle?.send({ type: 'node.bindFailed', failure: { node: this.name, wanted, code, message } });
    });
  }

  /** The node's own ports take ESP when a set stands at them; the socket that carries it is needed before. */
  #openIpsec(): void {
    const { config, environment } = this.#agent;
    if (config.security.mechanism !== 'ipsec-3gpp') {
      this.#lifecycle?.send({ type: 'node.bound' });
      return;
    }
    const { address } = config.listen[0]!;
    const wanted = `udp://${hostPort(address, ipsecPort)}`;
    const fail = (code: string, message: string): void =>
      this.#lifecycle?.send({ type: 'node.bindFailed', failure: { node: this.name, wanted, code, message } });
    if (environment.ipsec === undefined) fail('ENOTSUP', 'nothing carries ESP here: set security: none');
    else {
      environment.ipsec.open(address, [], (failure) => {
        if (failure === undefined) this.#lifecycle?.send({ type: 'node.bound' });
        else fail(failure.code, failure.message);
      });
    }
  }

  /** For the lifecycle: a UE has no Diameter peers. */
  connect(): void {
    this.#onChange(this.state);
    this.#lifecycle?.send({ type: 'peers.connected' });
  }

  /** For the lifecycle. */
  serve(): void {
    this.#registration = new RegistrationFlows(this.#agent, (outcome) => {
      for (const listener of this.#onRegistrations) listener(outcome);
    });
    this.#onChange(this.state);
  }

  /** For the lifecycle. */
  drain(): void {
    this.#onChange(this.state);
    if (this.#call === undefined) this.#lifecycle?.send({ type: 'node.drained' });
    else this.#call.hangUp();
  }

  /** For the lifecycle. */
  close(): void {
    this.#call?.stop();
    this.#call = undefined;
    for (const message of this.#messages) message.stop();
    this.#registration?.stop();
    this.#registration = undefined;
    this.#sip.close();
    this.#onChange(this.state);
  }

  /**
   * SIP-72: numeric hosts as they are, and whatever has a name lies behind the P-CSCF. Over security associations
   * and over TLS everything does (TS 33.203 7.1, O.2).
   */
  readonly #resolve: Resolver = (host, port, transport) => {
    const { access } = this.#agent;
    if (access.isSecured || !isNumericHost(host)) return access.destinations;
    const protocol = transport === 'tcp' || transport === 'tls' ? transport : 'udp';
    return [{ protocol, endpoint: { address: host, port: port ?? defaultPortOf(protocol) } }];
  };

  /** SIP-50 / RFC 3261 8.2. */
  #dispatch(server: ServerRequest): void {
    const request = server.message;
    if (request.method === 'NOTIFY' && this.#agent.config.registration.subscribe) {
      if (this.#registration?.takesNotify(server) !== true) refuseNotify(server); // RFC 6665 4.1.3
      return;
    }
    const refusal = refusalOf(request, this.#merged);
    if (refusal !== undefined) {
      server.reply(refusal.status, refusal.headers === undefined ? {} : { headers: refusal.headers });
      return;
    }
    if (request.toTag !== undefined) this.#dispatchInDialog(server);
    else if (request.method === 'INVITE') this.#invite(server);
    else if (request.method === 'OPTIONS') this.#describe(server);
    else if (request.method === 'MESSAGE') this.#takeMessage(server);
    else if (!server.isAck) server.reply(481); // BYE, PRACK, UPDATE
  }

  /** SIP-52 / RFC 3261 12.2.2: 481 for a dialog that is not there; an ACK is left alone. */
  #dispatchInDialog(server: ServerRequest): void {
    const call = this.#call;
    if (call?.owns(server.message)) call.receive(server);
    else if (!server.isAck) server.reply(481);
  }

  #invite(server: ServerRequest): void {
    if (this.state !== 'serving') {
      server.reply(480);
      return;
    }
    const isBusy = this.#call !== undefined;
    const answer = this.#nextAnswer ?? this.#agent.config.call.answer;
    if (!isBusy) this.#nextAnswer = undefined;
    const call = new TerminatingCall(this.#agent, {
      server,
      identity: this.publicIdentity,
      answer: isBusy ? 'busy' : answer,
      onEnded: (call) => this.#onCallEnded(call),
      onMessage: (server) => this.#takeMessage(server),
      onOutcome: (outcome) => {
        for (const listener of this.#onIncomingEnded) listener(outcome);
      },
    });
    if (isBusy || call.isOver) return;
    this.#call = call;
    for (const listener of this.#onIncoming) listener(call);
  }

  /** RFC 3428 7: 200 without Contact or body. A UE shows what it gets as text. */
  #takeMessage(server: ServerRequest): void {
    const { message } = server;
    server.reply(200);
    const from = detached((message.address('P-Asserted-Identity') ?? message.from).uri.text);
    const body = bodyOfType(message, 'text/plain') ?? '';
    const text = Buffer.from(body, 'latin1').toString('utf8');
    for (const listener of this.#onMessages) listener({ from, text });
  }

  /** RFC 3261 11.2: what a UE says of itself is as it would answer an INVITE. */
  #describe(server: ServerRequest): void {
    const headers = [
      ['Allow', allow],
      ['Supported', supported],
      ['Accept', 'application/sdp'],
      ['Contact', this.#agent.sessionContact],
    ] as const;
    server.reply(this.#call === undefined ? 200 : 486, { headers });
  }

  #onCallEnded(call: Call): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    if (this.state === 'draining') this.#lifecycle?.send({ type: 'node.drained' });
  }

  #notRunning(): RegistrationOutcome {
    return {
      success: false,
      status: undefined,
      expires: undefined,
      reason: `${this.name} is not running`,
      clause: undefined,
    };
  }
}

const effects: EffectsOf<typeof lifecycle, EmulatedUe> = {
  bindSockets: (_, ue) => ue.bind(),
  connectPeers: (_, ue) => ue.connect(),
  beginService: (_, ue) => ue.serve(),
  refuseNewWork: (_, ue) => ue.drain(),
  closeEverything: (_, ue) => ue.close(),
};

const noCall: Omit<CallOutcome, 'reason'> = {
  success: false,
  state: 'failed',
  status: undefined,
  clause: undefined,
  ringingAfterMs: undefined,
  answeredAfterMs: undefined,
  media: undefined,
};

/** RFC 3948 2: ESP in UDP. */
const ipsecPort = 4500;

/** Any free ports: the security agreement tells the P-CSCF which. */
function protectedPoints({ security, listen, registration }: UeConfig): readonly ListenPoint[] {
  const address = listen[0]?.address;
  if (security.mechanism !== 'ipsec-3gpp' || address === undefined) return [];
  const count = registration.flows * protectedPortsEach;
  return Array.from({ length: count }, () => ({ protocol: 'udp', address, port: 0 }));
}
