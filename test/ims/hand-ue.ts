/** A UE written by hand on a SIP endpoint: it says just what a test wants, right or wrong. */
import { checkAutn, computeOpc, decodeNonce, encodeAuts, MilenageKey, UsimSqnWindow } from '../../src/aka/index.js';
import { createMachineHost, type MachineHost } from '../../src/machine/index.js';
import {
  answerChallenge,
  buildRequest,
  buildResponse,
  type ClientTransaction,
  coreTimers,
  type Dialog,
  dialogFromRequest,
  dialogFromResponse,
  type Headers,
  hostPort,
  inDialogRequest,
  parseChallenge,
  type ReplyParts,
  Retransmitter,
  rackFor,
  type ServerRequest,
  SipEndpoint,
  type SipRequest,
  type SipResponse,
  type TlsSettings,
  ueTimers,
} from '../../src/sip/index.js';
import { homeDomain, imsiOf, key, publicIdentityOf, type TestNetwork } from './network.js';

export interface RegisterOptions {
  readonly authorization?: string | undefined;
  readonly expires?: number | undefined;
  readonly callId?: string;
  readonly sequence?: number | undefined;
  readonly to?: string;
  /** Lines of Contact; the UE's own where absent. */
  readonly contacts?: readonly string[];
  readonly headers?: Headers;
}

/** What a request of the UE brought. */
export class Exchange {
  readonly responses: SipResponse[] = [];
  readonly failures: string[] = [];
  transaction: ClientTransaction | undefined;

  get final(): SipResponse | undefined {
    return this.responses.find(({ status }) => status >= 200);
  }

  get isOver(): boolean {
    return this.final !== undefined || this.failures.length > 0;
  }

  /** In order, without 100. */
  get statuses(): readonly number[] {
    return this.responses.map(({ status }) => status).filter((status) => status !== 100);
  }
}

export class HandUe {
  readonly sip: SipEndpoint;
  readonly host: MachineHost;
  readonly imsi: string;
  readonly sqnState = new UsimSqnWindow();
  /** Requests that reached it. */
  readonly requests: ServerRequest[] = [];
  /** What it does with a request; without it nothing is answered. */
  onRequest: (request: ServerRequest) => void = () => {};
  k = key.k;
  #sequence = 0;

  constructor(
    readonly network: TestNetwork,
    readonly number = 1,
    /** The node whose address it has. */
    readonly name = `ue${number}`,
    /** It can open connections with TLS. */
    tls?: TlsSettings,
  ) {
    this.imsi = imsiOf(number);
    const environment = network.simulation.environmentFor(this.name);
    this.host = createMachineHost({ node: this.name, environment, mode: 'compiled' });
    this.sip = new SipEndpoint({
      nodeName: this.name,
      environment,
      host: this.host,
      resolve: network.resolve,
      listen: [
        { protocol: 'udp', address: this.address, port: 5060 },
        { protocol: 'tcp', address: this.address, port: 5060 },
        ...(tls === undefined ? [] : [{ protocol: 'tls' as const, address: this.address, port: 5061 }]),
      ],
      tls,
      timersFor: () => ueTimers,
      onRequest: (request) => {
        this.requests.push(request);
        this.onRequest(request);
      },
    });
    let isReady = false;
    this.sip.start(() => {
      isReady = true;
    });
    network.runUntil(() => isReady, 100);
  }

  get address(): string {
    return this.network.addresses[this.name]!;
  }

  get contact(): string {
    return `sip:${this.imsi}@${hostPort(this.address, 5060)}`;
  }

  get identity(): string {
    return publicIdentityOf(this.number);
  }

  get firstAuthorization(): string {
    const impi = `${this.imsi}@${homeDomain}`;
    return `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response=""`;
  }

  /** Requests of that method that reached it. */
  received(method: string): readonly ServerRequest[] {
    return this.requests.filter(({ message }) => message.method === method);
  }

  send(request: SipRequest, destinations = this.network.proxy): Exchange {
    const exchange = new Exchange();
    exchange.transaction = this.sip.sendRequest(request, destinations, {
      onResponse: (response) => exchange.responses.push(response),
      onTimeout: () => exchange.failures.push('timeout'),
      onTransportError: (reason) => exchange.failures.push(reason),
    });
    return exchange;
  }

  /** A REGISTER; CSeq rises by itself. */
  makeRegister(options: RegisterOptions = {}): SipRequest {
    this.#sequence = options.sequence ?? this.#sequence + 1;
    const {
      authorization,
      expires = 3600,
      callId = `reg@${this.name}`,
      to = `sip:${this.imsi}@${homeDomain}`,
    } = options;
    // Who says what it supports says all of it.
    const isOther = options.headers?.some(([name]) => name === 'Supported') === true;
    const contacts = options.contacts ?? [
      `<${this.contact}>;+sip.instance="<urn:gsma:imei:35622410-48384${this.number}-0>";+g.3gpp.smsip`,
    ];
    return buildRequest({
      method: 'REGISTER',
      requestUri: `sip:${homeDomain}`,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `<${to}>;tag=ue`],
        ['To', `<${to}>`],
        ['Call-ID', callId],
        ['CSeq', `${this.#sequence} REGISTER`],
        ...contacts.map((value) => ['Contact', value] as const),
        ...(expires < 0 ? [] : ([['Expires', String(expires)]] as const)),
        ['Supported', contacts.some((value) => value.includes(';reg-id=')) && !isOther ? 'path, outbound' : 'path'],
        ...(authorization === undefined ? [] : ([['Authorization', authorization]] as const)),
        ...(options.headers ?? []),
      ],
    });
  }

  /** Sends a MESSAGE (RFC 3428) and waits for its final response. */
  page(target: string, headers: Headers = []): SipResponse {
    const text = [['Content-Type', 'text/plain'], ...headers] as const;
    return this.finalOf(this.send(this.makeRequest('MESSAGE', target, text, 'hello')));
  }

  /** Sends a REGISTER and waits for its final response. */
  register(options: RegisterOptions = {}): SipResponse {
    return this.finalOf(this.send(this.makeRegister(options)));
  }

  /** REGISTER, 401, REGISTER, final response. */
  registerAka(options: RegisterOptions = {}): SipResponse {
    const challenged = this.register({ ...options, authorization: this.firstAuthorization });
    if (challenged.status !== 401) return challenged;
    return this.register({ ...options, authorization: this.answer(challenged) });
  }

  deregister(): SipResponse {
    return this.registerAka({ expires: 0 });
  }

  finalOf(exchange: Exchange): SipResponse {
    this.network.runUntil(() => exchange.isOver);
    if (exchange.final === undefined) throw new Error(`no response: ${exchange.failures.join(', ')}`);
    return exchange.final;
  }

  /** Authorization that answers a challenge; `wrong` computes it with another key. */
  answer(challenged: SipResponse, { wrong = false } = {}): string {
    const challenge = parseChallenge(challenged.header('WWW-Authenticate')!)!;
    const { rand, autn } = decodeNonce(challenge.nonce!)!;
    const result = checkAutn({
      key: new MilenageKey(this.k, computeOpc(this.k, key.op)),
      rand,
      autn,
      sqnState: this.sqnState,
    });
    const res = result.outcome === 'ok' ? result.res : Buffer.alloc(0);
    return answerChallenge(challenge, {
      username: `${this.imsi}@${homeDomain}`,
      uri: `sip:${homeDomain}`,
      method: 'REGISTER',
      password: wrong ? Buffer.from('not RES') : res,
      cnonce: 'c0ffee',
      nonceCount: 1,
      ...(result.outcome === 'syncFailure' ? { auts: encodeAuts(result.auts) } : {}),
    })!;
  }

  /** A request outside of a dialog. Headers given replace those of the same name. */
  makeRequest(method: string, target: string, headers: Headers = [], body?: string): SipRequest {
    this.#sequence++;
    const defaults: Headers = [
      ['Max-Forwards', '70'],
      ['From', `<${this.identity}>;tag=${this.name}-${this.#sequence}`],
      ['To', `<${target}>`],
      ['Call-ID', `${method}-${this.#sequence}@${this.name}`],
      ['CSeq', `${this.#sequence} ${method}`],
      ['Contact', `<${this.contact}>`],
    ];
    const given = new Set(headers.map(([name]) => name));
    return buildRequest({
      method,
      requestUri: target,
      headers: [...defaults.filter(([name]) => !given.has(name)), ...headers],
      ...(body === undefined ? {} : { body, contentType: 'application/sdp' }),
    });
  }

  invite(target: string, headers: Headers = []): HandCall {
    return new HandCall(this, target, headers);
  }
}

/** A node at the address of one that is down, answering with a status or not at all. */
export class HandServer extends HandUe {
  constructor(network: TestNetwork, name: string, status?: number) {
    super(network, 9, name);
    this.onRequest = (request) => {
      if (status !== undefined && !request.isAck) request.reply(status);
    };
  }
}

/** The calling side of a call. */
export class HandCall {
  readonly invite: SipRequest;
  readonly exchange: Exchange;
  dialog: Dialog | undefined;

  constructor(
    readonly ue: HandUe,
    target: string,
    headers: Headers,
  ) {
    this.invite = ue.makeRequest('INVITE', target, [['Supported', '100rel, timer'], ...headers], 'v=0\r\n');
    this.exchange = ue.send(this.invite);
  }

  /** Runs until a response of that status has come; true when one has. */
  awaitStatus(status: number, forMs?: number): boolean {
    const { exchange } = this;
    this.ue.network.runUntil(() => exchange.responses.some((response) => response.status === status), forMs);
    const response = exchange.responses.find((each) => each.status === status);
    if (response !== undefined) this.dialog ??= dialogFromResponse(this.invite, response);
    return response !== undefined;
  }

  response(status: number): SipResponse {
    return this.exchange.responses.find((response) => response.status === status)!;
  }

  /** Sends within the dialog and waits for the final response. */
  request(method: string, headers: Headers = []): SipResponse {
    return this.ue.finalOf(this.start(method, headers));
  }

  start(method: string, headers: Headers = []): Exchange {
    const request = inDialogRequest(this.dialog!, method, {
      headers: [['Contact', `<${this.ue.contact}>`], ...headers],
    });
    return this.ue.send(request, this.ue.sip.nextHop(request));
  }

  prack(status: number): SipResponse {
    return this.request('PRACK', [['RAck', rackFor(this.response(status))!]]);
  }

  ack(): void {
    const ack = inDialogRequest(this.dialog!, 'ACK', { sequence: this.invite.cseq.sequence });
    this.ue.sip.sendStateless(ack, this.ue.sip.nextHop(ack));
  }

  cancel(): void {
    this.exchange.transaction!.cancel();
  }
}

/** The called side: rings reliably, answers when told to, and answers everything in the dialog with 200. */
export class HandCallee {
  invite: ServerRequest | undefined;
  dialog: Dialog | undefined;
  isAcknowledged = false;
  #waiting: Retransmitter | undefined;

  constructor(
    readonly ue: HandUe,
    private readonly onInvite: (callee: HandCallee) => void,
  ) {
    ue.onRequest = (request) => this.#receive(request);
  }

  /** A provisional response, unreliable unless `rseq` is given. */
  ring(status: number, rseq?: number, headers: Headers = []): void {
    const reliable: Headers =
      rseq === undefined
        ? []
        : [
            ['Require', '100rel'],
            ['RSeq', String(rseq)],
          ];
    this.#reply(status, { headers: [['Contact', `<${this.ue.contact}>`], ...reliable, ...headers] });
  }

  /** The 200, repeated until the ACK. */
  accept(headers: Headers = []): void {
    const { message, localTag } = this.invite!;
    this.dialog = dialogFromRequest(message, localTag, 'confirmed');
    const response = this.#built(200, { headers: [['Contact', `<${this.ue.contact}>`], ...headers] });
    const { host } = this.ue;
    this.#waiting = new Retransmitter({
      host,
      server: this.invite!,
      response,
      timers: coreTimers,
      onUnacknowledged: () => {},
    });
  }

  reject(status: number, headers: Headers = []): void {
    this.#reply(status, { headers });
  }

  /** Sends within the dialog and waits for the final response. */
  request(method: string): SipResponse {
    this.dialog ??= dialogFromRequest(this.invite!.message, this.invite!.localTag, 'early');
    const request = inDialogRequest(this.dialog, method, { headers: [['Contact', `<${this.ue.contact}>`]] });
    return this.ue.finalOf(this.ue.send(request, this.ue.sip.nextHop(request)));
  }

  #receive(request: ServerRequest): void {
    const { method, toTag } = request.message;
    if (request.isAck) {
      this.isAcknowledged = true;
      this.#waiting?.acknowledge();
    } else if (method === 'INVITE' && toTag === undefined) {
      this.invite = request;
      this.onInvite(this);
    } else {
      if (method === 'BYE') this.#waiting?.stop();
      request.reply(200, { headers: [['Contact', `<${this.ue.contact}>`]] });
    }
  }

  #built(status: number, parts: ReplyParts): SipResponse {
    const { message, localTag } = this.invite!;
    return buildResponse(message, status, { ...parts, toTag: localTag });
  }

  #reply(status: number, parts: ReplyParts): void {
    this.invite!.reply(status, parts);
  }
}
