/** A P-CSCF and registrar with IPsec, by hand, at one address of the simulated network: what REG-22 to REG-25 want of it. */
import { AucSqnCounter, encodeNonce, generateVector, MilenageKey } from '../../../src/aka/index.js';
import type { NoteRecord, Packet, SecurityAssociationSet, TraceRecord } from '../../../src/environment/index.js';
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { createUe, type RegistrationOutcome, type UeConfig, type UeNode } from '../../../src/ims/ue/index.js';
import {
  associationSet,
  choose,
  formatSecurityMechanisms,
  IpsecLayer,
  offer,
  parseSecurityMechanisms,
  protectedEnd,
  sameAgreement,
} from '../../../src/ipsec/index.js';
import { createMachineHost } from '../../../src/machine/index.js';
import {
  expectedResponse,
  formatChallenge,
  type ListenPoint,
  parseCredentials,
  type ServerRequest,
  SipEndpoint,
  ueTimers,
} from '../../../src/sip/index.js';
import { contactUriOf, homeDomain, k, NetworkSide, opc } from './network-side.js';
import { usualUe } from './usual-ue.js';

const address = '10.0.0.1';
const clientPoint: ListenPoint = { protocol: 'udp', address, port: 6060 };
const serverPoint: ListenPoint = { ...clientPoint, port: 6061 };

export const secureUe = {
  ...usualUe,
  security: { ...usualUe.security, mechanism: 'ipsec-3gpp' },
} as const satisfies Partial<UeConfig>;

export class SecureNetwork {
  readonly simulation = createSimulation({ seed: 1, link: { delayMs: 5 } });
  readonly layer = new IpsecLayer();
  readonly notes: NoteRecord[] = [];
  readonly packets: Packet[] = [];
  /** Every REGISTER with the own port that it came to. */
  readonly registers: { readonly server: ServerRequest; readonly port: number }[] = [];
  readonly requests: { readonly server: ServerRequest; readonly port: number }[] = [];
  /** What is wrong with the UE's agreement, as this P-CSCF sees it. */
  readonly complaints: string[] = [];
  readonly sets: SecurityAssociationSet[] = [];
  readonly sip: SipEndpoint;
  grantedSeconds = 600_000;
  /** Challenges again although the registration stands (REG-71). */
  reauthenticates = false;
  /** Instead of the registrar: true when it has dealt with it. */
  onRegister: (server: ServerRequest) => boolean = () => false;
  securityServer: (chosen: string) => string | undefined = (chosen) => chosen;
  readonly #environment;
  readonly #counter = new AucSqnCounter({ last: 0n });
  #challenge: { nonce: string; xres: Buffer; securityClient: readonly string[]; securityServer: string } | undefined;

  constructor() {
    this.simulation.trace = {
      inspecting: false,
      acting: undefined,
      write: (record: TraceRecord) => {
        if (record.kind === 'note') this.notes.push(record);
      },
    };
    this.simulation.network.tap(this.layer.before((packet) => this.packets.push(packet)));
    this.#environment = this.layer.environmentFor('pcscf', this.simulation.environmentFor('pcscf'));
    const environment = this.#environment;
    this.sip = new SipEndpoint({
      nodeName: 'pcscf',
      environment,
      host: createMachineHost({ node: 'pcscf', environment, mode: 'compiled' }),
      resolve: (host, port) => [{ protocol: 'udp', endpoint: { address: host, port: port ?? 5060 } }],
      listen: [
        { ...clientPoint, port: 5060 },
        serverPoint,
        clientPoint,
        { ...clientPoint, port: 5060, protocol: 'tcp' },
      ],
      timersFor: () => ueTimers,
      senderOf: ({ port }) => (port === serverPoint.port ? clientPoint : undefined),
      onRequest: (server) => this.#receive(server),
    });
    this.sip.start(() => {});
    environment.ipsec!.open(address, [clientPoint.port, serverPoint.port], () => {});
    this.run(1);
  }

  run(forMs: number): void {
    this.simulation.run({ forMs });
  }

  ue(change: Partial<UeConfig> = {}): UeNode {
    const base = new NetworkSide().config(1, {}, secureUe);
    const environment = this.layer.environmentFor('ue1', this.simulation.environmentFor('ue1'));
    const ue = createUe({ name: 'ue1', environment, hostMode: 'compiled' }, { ...base, ...change });
    ue.start(() => {});
    this.simulation.run({ until: () => ue.state === 'serving' || ue.state === 'failed', forMs: 1000 });
    return ue;
  }

  outcome(start: (done: (outcome: RegistrationOutcome) => void) => void): RegistrationOutcome {
    let outcome: RegistrationOutcome | undefined;
    start((result) => {
      outcome = result;
    });
    this.simulation.run({ until: () => outcome !== undefined, forMs: 300_000 });
    if (outcome === undefined) throw new Error('there is no outcome');
    return outcome;
  }

  /** Datagrams that carry ESP; the others. */
  get protectedPackets(): Packet[] {
    return this.packets.filter(({ carrier }) => carrier !== undefined);
  }

  #receive(server: ServerRequest): void {
    const { port } = server.source.local;
    const entry = { server, port };
    if (server.message.method !== 'REGISTER') {
      this.requests.push(entry);
      if (!server.isAck) server.reply(200);
      return;
    }
    this.registers.push(entry);
    if (!this.onRegister(server)) this.register(server);
  }

  register(server: ServerRequest): void {
    const { message } = server;
    const credentials = parseCredentials(message.header('Authorization')!)!;
    const isProtected = server.source.local.port === serverPoint.port;
    const pending = this.#challenge;
    if (isProtected && pending !== undefined && credentials.nonce === pending.nonce) {
      this.#check(message.headers('Security-Verify'), [pending.securityServer], 'Security-Verify');
      this.#check(message.headers('Security-Client'), pending.securityClient, 'Security-Client');
      const secret = { algorithm: 'AKAv1-MD5', method: 'REGISTER', password: pending.xres } as const;
      this.#challenge = undefined;
      if (credentials.response === expectedResponse(credentials, secret)) this.#grant(server);
      else server.reply(403);
    } else if (isProtected && !this.reauthenticates) this.#grant(server);
    else this.challenge(server);
  }

  challenge(server: ServerRequest): void {
    const { message } = server;
    const rand = this.simulation.random.bytes(16);
    const key = new MilenageKey(k, opc);
    const vector = generateVector({ key, amf: Buffer.alloc(2), sqn: this.#counter.next(), rand });
    const nonce = encodeNonce(rand, vector.autn);
    const securityClient = message.headers('Security-Client');
    const challenge = formatChallenge({ realm: homeDomain, nonce, algorithm: 'AKAv1-MD5', qop: ['auth'] });
    const chosen = choose(parseSecurityMechanisms(securityClient), [
      { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' },
    ]);
    const headers: (readonly [string, string])[] = [['WWW-Authenticate', challenge]];
    let securityServer = '';
    if (chosen !== undefined) {
      const ipsec = this.#environment.ipsec!;
      const spis = { client: ipsec.newSpi(address), server: ipsec.newSpi(address) };
      const ports = { client: clientPoint.port, server: serverPoint.port };
      const said = this.securityServer(formatSecurityMechanisms(offer([chosen], spis, ports, { q: 0.1 })));
      if (said !== undefined) headers.push(['Security-Server', said]);
      securityServer = said ?? '';
      const local = protectedEnd(address, {
        clientPort: ports.client,
        serverPort: ports.server,
        clientSpi: spis.client,
        serverSpi: spis.server,
      });
      const set = associationSet(local, protectedEnd('10.0.0.11', chosen), chosen, vector);
      ipsec.install(set);
      this.sets.push(set);
    }
    this.#challenge = { nonce, xres: vector.xres, securityClient, securityServer };
    server.reply(401, { headers });
  }

  #grant(server: ServerRequest): void {
    const { message } = server;
    const granted = message.expires === 0 ? 0 : this.grantedSeconds;
    server.reply(200, {
      headers: [
        ['Contact', `<${contactUriOf(message)}>;expires=${granted}`],
        ['P-Associated-URI', `<sip:+15550100001@${homeDomain}>`],
        ['Service-Route', `<sip:orig@scscf1.${homeDomain};lr>`],
      ],
    });
  }

  #check(one: readonly string[], other: readonly string[], name: string): void {
    if (!sameAgreement(parseSecurityMechanisms(one), parseSecurityMechanisms(other))) {
      this.complaints.push(`${name}: ${one.join(', ')} is not ${other.join(', ')}`);
    }
  }
}
