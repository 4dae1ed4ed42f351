/** UEs in the simulated network, and one scripted node that plays everything behind their Gm: registrar and proxy. */
import {
  AucSqnCounter,
  decodeAuts,
  encodeNonce,
  generateVector,
  MilenageKey,
  resynchronise,
} from '../../../src/aka/index.js';
import type { Endpoint, NoteRecord, TraceRecord } from '../../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../../src/environment/simulated/index.js';
import { createUe, type UeConfig, type UeNode } from '../../../src/ims/ue/index.js';
import { createMachineHost, type HostMode } from '../../../src/machine/index.js';
import {
  type Credentials,
  expectedResponse,
  formatChallenge,
  hostPort,
  ProxyCore,
  parseCredentials,
  parseMessage,
  type ReplyParts,
  type ServerRequest,
  SipEndpoint,
  type SipRequest,
  ueTimers,
} from '../../../src/sip/index.js';
import { usualUe } from './usual-ue.js';

export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';
export const k = Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex');
export const opc = Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex');

export interface WireMessage {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly protocol: 'udp' | 'tcp';
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** `INVITE`, `200 INVITE`. */
  readonly summary: string;
}

export interface NetworkSettings {
  readonly seed?: number;
  readonly ipv6?: boolean;
  /** Key material of the HSS where it differs from the SIM's. */
  readonly hss?: { readonly k?: Buffer; readonly opc?: Buffer; readonly sqn?: bigint };
  readonly grantedSeconds?: number;
  readonly mode?: HostMode;
}

/** The URI of the first Contact. */
export function contactUriOf({ contacts }: SipRequest): string {
  if (contacts === '*' || contacts[0] === undefined) throw new Error('there is no Contact');
  return contacts[0].uri.text;
}

export class NetworkSide {
  readonly simulation: Simulation;
  readonly wire: WireMessage[] = [];
  readonly notes: NoteRecord[] = [];
  readonly faults: TraceRecord[] = [];
  readonly registers: ServerRequest[] = [];
  readonly sip: SipEndpoint;
  readonly address: string;
  /** Instead of the registrar: true when it has dealt with the request. */
  onRegister: (server: ServerRequest) => boolean = () => false;
  /** Before the proxy: true when it has dealt with the request. */
  onRequest: (server: ServerRequest) => boolean = () => false;
  readonly #settings: NetworkSettings;
  readonly #proxy: ProxyCore;
  readonly #counter: AucSqnCounter;
  /** IMPI → the challenge that waits for its answer. */
  readonly #challenges = new Map<string, { nonce: string; xres: Buffer; rand: Buffer }>();
  /** Public identity → Contact URI. */
  readonly #contacts = new Map<string, string>();
  readonly #startedAt: number;

  constructor(settings: NetworkSettings = {}) {
    this.#settings = settings;
    this.simulation = createSimulation({ seed: settings.seed ?? 1, link: { delayMs: 5 } });
    this.#startedAt = this.simulation.clock.now();
    this.address = settings.ipv6 ? '2001:db8::1' : '10.0.0.1';
    this.#counter = new AucSqnCounter({ last: settings.hss?.sqn ?? 0n });
    this.simulation.trace = {
      inspecting: false,
      acting: undefined,
      write: (record: TraceRecord) => {
        if (record.kind === 'note') this.notes.push(record);
        if (record.kind === 'fault') this.faults.push(record);
      },
    };
    this.#tap();
    const environment = this.simulation.environmentFor('network');
    this.sip = new SipEndpoint({
      nodeName: 'network',
      environment,
      host: createMachineHost({ node: 'network', environment, mode: 'compiled' }),
      resolve: (host, port, transport) => [
        { protocol: transport === 'tcp' ? 'tcp' : 'udp', endpoint: { address: host, port: port ?? 5060 } },
      ],
      listen: (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address: this.address, port: 5060 })),
      timersFor: () => ueTimers,
      datagramSizeMax: 1300,
      onRequest: (server) => this.#receive(server),
    });
    this.#proxy = new ProxyCore(this.sip);
    this.sip.start((failure) => {
      if (failure !== undefined) throw new Error(failure.message);
    });
    this.run(1);
  }

  config(number: number, call: Partial<UeConfig['call']> = {}, rest: Partial<UeConfig> = {}): UeConfig {
    const imsi = `00101000000000${number}`;
    const address = this.#settings.ipv6 ? `2001:db8::1${number}` : `10.0.0.1${number}`;
    return {
      listen: (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address, port: 5060 })),
      proxy: [{ protocol: 'udp', endpoint: this.endpoint }],
      homeDomain,
      privateIdentity: `${imsi}@${homeDomain}`,
      publicIdentity: `sip:${imsi}@${homeDomain}`,
      instanceId: `urn:gsma:imei:35622410-00000${number}-0`,
      sim: { material: { algorithm: 'milenage', k, opc }, sqn: 0n, delta: 1n << 28n },
      ...usualUe,
      call: {
        answer: 'accept',
        ringMs: 500,
        bearerMs: 50,
        reliableRinging: true,
        codecs: ['AMR-WB', 'AMR'],
        rtp: { address, port: 49152 },
        ...call,
      },
      accessNetworkInfo: '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101',
      datagramSizeMax: 1300,
      ...rest,
    };
  }

  /** A UE that serves. */
  ue(number: number, call: Partial<UeConfig['call']> = {}, rest: Partial<UeConfig> = {}): UeNode {
    const name = `ue${number}`;
    const environment = this.simulation.environmentFor(name);
    const options = { name, environment, hostMode: this.#settings.mode ?? 'compiled' };
    const ue = createUe(options, this.config(number, call, rest));
    ue.start(() => {});
    this.simulation.run({ until: () => ue.state === 'serving', forMs: 1000 });
    return ue;
  }

  get endpoint(): Endpoint {
    return { address: this.address, port: 5060 };
  }

  run(forMs: number): void {
    this.simulation.run({ forMs });
  }

  /** Starts something, and runs until it has its outcome, at most four minutes. */
  outcome<TOutcome>(start: (done: (outcome: TOutcome) => void) => void, forMs = 240_000): TOutcome {
    let outcome: TOutcome | undefined;
    start((result) => {
      expect(outcome).toBeUndefined();
      outcome = result;
    });
    this.simulation.run({ until: () => outcome !== undefined, forMs });
    if (outcome === undefined) throw new Error('there is no outcome');
    return outcome;
  }

  /** Both registered, and the wire forgotten. */
  registered(...ues: readonly UeNode[]): void {
    for (const ue of ues) expect(this.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    this.wire.length = 0;
  }

  sent(summary: string, from?: string): WireMessage[] {
    return this.wire.filter((message) => message.summary === summary && (from ?? message.from) === message.from);
  }

  /** Summaries of what the address has sent and received. */
  flow(address: string): string[] {
    const own = this.wire.filter(({ from, to, summary }) => (from === address || to === address) && summary !== '?');
    return own.map(({ from, summary }) => `${from === address ? '>' : '<'} ${summary}`);
  }

  contactOf(ue: UeNode): string | undefined {
    return this.#contacts.get(ue.publicIdentity);
  }

  /** A 401 with a fresh vector. */
  challenge(server: ServerRequest, parts: ReplyParts = {}, vectorKey: { k?: Buffer; opc?: Buffer } = {}): void {
    const keys = { k, opc, ...this.#settings.hss, ...vectorKey };
    const key = new MilenageKey(keys.k, keys.opc);
    const rand = this.simulation.random.bytes(16);
    const vector = generateVector({ key, amf: Buffer.alloc(2), sqn: this.#counter.next(), rand });
    const nonce = encodeNonce(rand, vector.autn);
    this.#challenges.set(this.#credentials(server).username!, { nonce, xres: vector.xres, rand });
    const value = formatChallenge({ realm: homeDomain, nonce, algorithm: 'AKAv1-MD5', qop: ['auth'] });
    server.reply(401, { ...parts, headers: [['WWW-Authenticate', value]] });
  }

  /** A 200 that grants. */
  grant(server: ServerRequest, seconds = this.#settings.grantedSeconds ?? 600_000): void {
    const { message } = server;
    const contact = message.contacts === '*' ? undefined : message.contacts[0];
    const granted = message.expires === 0 ? 0 : seconds;
    const impu = this.#impu(this.#credentials(server).username!);
    if (granted === 0) this.#contacts.delete(impu);
    else this.#contacts.set(impu, contact!.uri.text);
    server.reply(200, {
      headers: [
        ['Contact', `<${contact!.uri.text}>;expires=${granted}`],
        ['P-Associated-URI', `<${impu}>, <tel:+15550100001>`],
        ['Service-Route', `<sip:orig@${hostPort(this.address, 5060)};lr>`],
      ],
    });
  }

  #impu(impi: string): string {
    return `sip:+1555010000${impi[14]}@${homeDomain}`;
  }

  #credentials(server: ServerRequest): Credentials {
    return parseCredentials(server.message.header('Authorization') ?? '')!;
  }

  #receive(server: ServerRequest): void {
    const { method } = server.message;
    if (method === 'REGISTER') {
      this.registers.push(server);
      if (!this.onRegister(server)) this.register(server);
    } else if (!this.onRequest(server)) this.#forward(server);
  }

  /** Challenges each first REGISTER, resynchronises, compares, grants. */
  register(server: ServerRequest): void {
    const credentials = this.#credentials(server);
    const pending = this.#challenges.get(credentials.username!);
    this.#challenges.delete(credentials.username!);
    if (pending === undefined || credentials.nonce !== pending.nonce) {
      this.challenge(server);
      return;
    }
    if (credentials.auts !== undefined) {
      const auts = decodeAuts(credentials.auts)!;
      const { outcome } = resynchronise({
        key: new MilenageKey(k, opc),
        rand: pending.rand,
        auts,
        counter: this.#counter,
      });
      if (outcome === 'resynchronised') this.challenge(server);
      else server.reply(403);
      return;
    }
    const input = { algorithm: 'AKAv1-MD5', method: 'REGISTER', password: pending.xres } as const;
    if (expectedResponse(credentials, input) === credentials.response) this.grant(server);
    else server.reply(403);
  }

  #forward(server: ServerRequest): void {
    const { request, ownRoutes } = this.#proxy.preprocess(server);
    if (!this.#proxy.admit(server)) return;
    const contact = request.toTag === undefined ? this.#contacts.get(request.requestUri) : undefined;
    if (request.toTag === undefined && contact === undefined) {
      server.reply(404);
      return;
    }
    expect(ownRoutes.length).toBeGreaterThan(0);
    const record = `<sip:${hostPort(this.address, 5060)};lr>`;
    const rest = server.message.routes.length - ownRoutes.length;
    this.#proxy.forward(server, request, [
      {
        edit: (editor) => {
          // P-CSCF and S-CSCF in one: the Service-Route ends here too.
          for (let i = 0; i < rest && request.toTag === undefined; i++) editor.removeFirst('Route');
          if (contact !== undefined) editor.requestUri(contact);
          if (request.toTag === undefined) editor.prepend('Record-Route', record);
        },
        timers: ueTimers,
      },
    ]);
  }

  #tap(): void {
    this.simulation.network.tap(({ kind, bytes, protocol, from, to, time }) => {
      if (kind !== 'data') return;
      const text = bytes.toString('latin1');
      const summary = from.port === 5060 || to.port === 5060 ? summaryOf(text) : '?';
      this.wire.push({ at: time - this.#startedAt, protocol, from: from.address, to: to.address, text, summary });
    });
  }
}

function summaryOf(text: string): string {
  const message = parseMessage(text);
  if (message.kind === 'request') return message.method;
  return message.kind === 'response' ? `${message.status} ${message.method}` : '?';
}
