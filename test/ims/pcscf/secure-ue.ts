/** A UE written by hand that speaks over security associations: it says just what a test wants, right or wrong. */
import { checkAutn, computeOpc, decodeNonce, MilenageKey, UsimSqnWindow } from '../../../src/aka/index.js';
import type { Environment, Ipsec, SecurityAssociationSet } from '../../../src/environment/index.js';
import {
  type AlgorithmPair,
  algorithmPairs,
  associationSet,
  formatSecurityMechanisms,
  ipsecProposal,
  offer,
  parseSecurityMechanisms,
  protectedEnd,
} from '../../../src/ipsec/index.js';
import { createMachineHost } from '../../../src/machine/index.js';
import {
  answerChallenge,
  buildRequest,
  type Destination,
  type Headers,
  type ListenPoint,
  parseChallenge,
  type ServerRequest,
  SipEndpoint,
  type SipRequest,
  type SipResponse,
  ueTimers,
} from '../../../src/sip/index.js';
import { Exchange } from '../hand-ue.js';
import { homeDomain, imsiOf, key, publicIdentityOf, type TestNetwork } from '../network.js';

export const pcscfPorts = { client: 6060, server: 6061 };

/** One run: own ports and SPIs, and the set once there is one. */
export interface Run {
  readonly ports: { readonly client: number; readonly server: number };
  readonly client: string;
  readonly spis: { readonly client: number; readonly server: number };
  /** Security-Server as it came. */
  server: string;
  set: SecurityAssociationSet | undefined;
}

export class SecureUe {
  readonly sip: SipEndpoint;
  readonly requests: ServerRequest[] = [];
  readonly ipsec: Ipsec;
  readonly sqnState = new UsimSqnWindow();
  readonly address: string;
  readonly callId = 'secure-registration';
  onRequest: (request: ServerRequest) => void = (request) => request.reply(200);
  algorithms: readonly AlgorithmPair[] = algorithmPairs;
  #sequence = 0;
  #nextPort = 40_001;

  constructor(
    readonly network: TestNetwork,
    readonly number = 1,
  ) {
    const name = `ue${number}`;
    this.address = network.addresses[name]!;
    const environment: Environment = network.environmentFor(name);
    this.ipsec = environment.ipsec!;
    const ports = [5060, 40_000, 40_001, 40_002, 40_003, 40_004];
    this.sip = new SipEndpoint({
      nodeName: name,
      environment,
      host: createMachineHost({ node: name, environment, mode: 'compiled' }),
      resolve: network.resolve,
      listen: ports.map((port) => this.point(port)),
      timersFor: () => ueTimers,
      senderOf: ({ port }) => (port === 40_000 ? this.point(this.current?.ports.client ?? 40_001) : undefined),
      onRequest: (request) => {
        this.requests.push(request);
        this.onRequest(request);
      },
    });
    let isReady = false;
    this.ipsec.open(this.address, [], () => {});
    this.sip.start(() => {
      isReady = true;
    });
    network.runUntil(() => isReady, 100);
  }

  /** What it sends over now. */
  current: Run | undefined;

  point(port: number): ListenPoint {
    return { protocol: 'udp', address: this.address, port };
  }

  /** AKA-55: a new client port and new SPIs, the same server port. */
  newRun(): Run {
    const ports = { client: this.#nextPort++, server: 40_000 };
    const spis = { client: this.ipsec.newSpi(this.address), server: this.ipsec.newSpi(this.address) };
    const client = formatSecurityMechanisms(offer(this.algorithms, spis, ports));
    return { ports, spis, client, server: '', set: undefined };
  }

  get contact(): string {
    return `sip:${imsiOf(this.number)}@${this.address}:40000`;
  }

  get identity(): string {
    return publicIdentityOf(this.number);
  }

  get openAuthorization(): string {
    const impi = `${imsiOf(this.number)}@${homeDomain}`;
    return `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response="",algorithm=AKAv1-MD5`;
  }

  /** Where it sends, outside associations or over a run. */
  towards(run: Run | undefined): Destination {
    const address = this.network.addresses.pcscf1!;
    if (run === undefined) return { protocol: 'udp', endpoint: { address, port: 5060 }, local: this.point(5060) };
    const endpoint = { address, port: run.set!.remote.serverPort };
    return { protocol: 'udp', endpoint, local: this.point(40_000), sender: this.point(run.ports.client) };
  }

  /** @param number whose identity is registered */
  makeRegister(
    authorization: string,
    headers: Headers,
    expires = 3600,
    contact = this.contact,
    number = this.number,
  ): SipRequest {
    this.#sequence++;
    const to = `sip:${imsiOf(number)}@${homeDomain}`;
    return buildRequest({
      method: 'REGISTER',
      requestUri: `sip:${homeDomain}`,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `<${to}>;tag=ue`],
        ['To', `<${to}>`],
        ['Call-ID', this.callId],
        ['CSeq', `${this.#sequence} REGISTER`],
        ['Contact', `<${contact}>`],
        ['Expires', String(expires)],
        ['Supported', 'path, sec-agree'],
        ['Require', 'sec-agree'],
        ['Proxy-Require', 'sec-agree'],
        ['Authorization', authorization],
        ...headers,
      ],
    });
  }

  send(request: SipRequest, over: Run | undefined = this.current): SipResponse {
    const exchange = this.start(request, over);
    this.network.runUntil(() => exchange.isOver);
    if (exchange.final === undefined) throw new Error(`no response: ${exchange.failures.join(', ')}`);
    return exchange.final;
  }

  start(request: SipRequest, over: Run | undefined = this.current): Exchange {
    const exchange = new Exchange();
    exchange.transaction = this.sip.sendRequest(request, [this.towards(over)], {
      onResponse: (response) => exchange.responses.push(response),
      onTimeout: () => exchange.failures.push('timeout'),
      onTransportError: (reason) => exchange.failures.push(reason),
    });
    return exchange;
  }

  /** The first REGISTER of a run, over what stands; and the set that follows from its 401. */
  challenge(
    run: Run,
    { expires = 3600, over = this.current as Run | undefined, headers = [] as Headers, contact = '' } = {},
  ): SipResponse {
    const verify: Headers = over === undefined ? [] : [['Security-Verify', over.server]];
    const open = over === undefined ? `sip:${imsiOf(this.number)}@${this.address}:5060` : this.contact;
    const register = this.makeRegister(
      this.openAuthorization,
      [['Security-Client', run.client], ...verify, ...headers],
      expires,
      contact || open,
    );
    const challenged = this.send(register, over);
    const server = challenged.headers('Security-Server').join(', ');
    if (challenged.status !== 401 || server === '') return challenged;
    run.server = server;
    const chosen = ipsecProposal(parseSecurityMechanisms([server])[0]!)!;
    const own = {
      address: this.address,
      clientPort: run.ports.client,
      serverPort: run.ports.server,
      clientSpi: run.spis.client,
      serverSpi: run.spis.server,
    };
    const { ck, ik } = this.#answered(challenged);
    run.set = associationSet(own, protectedEnd(this.network.addresses.pcscf1!, chosen), chosen, { ck, ik });
    this.ipsec.install(run.set);
    return challenged;
  }

  /** The REGISTER that answers, over the run's own set. */
  answer(
    run: Run,
    challenged: SipResponse,
    { expires = 3600, headers = undefined as Headers | undefined, wrong = false } = {},
  ) {
    const { authorization } = this.#answered(challenged, wrong);
    const agreement = headers ?? [
      ['Security-Client', run.client],
      ['Security-Verify', run.server],
    ];
    return this.send(this.makeRegister(authorization, agreement, expires), run);
  }

  /** Both, to the 200. */
  register(options: { readonly expires?: number } = {}): SipResponse {
    const run = this.newRun();
    const challenged = this.challenge(run, options);
    if (challenged.status !== 401) return challenged;
    const final = this.answer(run, challenged, options);
    if (final.status === 200) this.current = run;
    return final;
  }

  makeRequest(method: string, target: string, headers: Headers = []): SipRequest {
    this.#sequence++;
    return buildRequest({
      method,
      requestUri: target,
      headers: [
        ['Max-Forwards', '70'],
        ['Route', `<sip:${this.network.addresses.pcscf1}:${pcscfPorts.server};lr>`],
        ['From', `<${this.identity}>;tag=secure-${this.#sequence}`],
        ['To', `<${target}>`],
        ['Call-ID', `${method}-${this.#sequence}@secure`],
        ['CSeq', `${this.#sequence} ${method}`],
        ['Contact', `<${this.contact}>`],
        ['Require', 'sec-agree'],
        ['Proxy-Require', 'sec-agree'],
        ['Security-Verify', this.current?.server ?? ''],
        ...headers,
      ],
    });
  }

  readonly #answers = new Map<string, { ck: Buffer; ik: Buffer; res: Buffer }>();

  #answered(challenged: SipResponse, wrong = false): { authorization: string; ck: Buffer; ik: Buffer } {
    const challenge = parseChallenge(challenged.header('WWW-Authenticate')!)!;
    const { nonce } = challenge;
    let known = this.#answers.get(nonce!);
    if (known === undefined) {
      const { rand, autn } = decodeNonce(nonce!)!;
      const milenage = new MilenageKey(key.k, computeOpc(key.k, key.op));
      const result = checkAutn({ key: milenage, rand, autn, sqnState: this.sqnState });
      if (result.outcome !== 'ok') throw new Error(result.outcome);
      known = { ck: result.ck, ik: result.ik, res: result.res };
      this.#answers.set(nonce!, known);
    }
    const authorization = answerChallenge(challenge, {
      username: `${imsiOf(this.number)}@${homeDomain}`,
      uri: `sip:${homeDomain}`,
      method: 'REGISTER',
      password: wrong ? Buffer.from('not RES') : known.res,
      cnonce: 'c0ffee',
      nonceCount: 1,
    })!;
    return { authorization, ck: known.ck, ik: known.ik };
  }
}
