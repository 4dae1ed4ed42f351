/** What registration and calls of a UE share: endpoint, identifiers, contact, and the way into the network. */
import type { Environment, Random } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import {
  type Destination,
  detached,
  hostPort,
  type ListenPoint,
  parseUri,
  type SipEndpoint,
  type SipRequest,
} from '../../sip/index.js';
import type { UeConfig } from './config.js';
import { NetworkAccess } from './network-access.js';
import { SecurityAgreement } from './security-agreement.js';
import { TlsAgreement } from './tls-agreement.js';

/** The MMTel communication service as a feature tag's value (TS 24.229 7.2A.8, TS 24.173). */
export const mmtelFeature = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"';

/** What a registration gives to sessions. */
export interface SessionGrant {
  readonly access: NetworkAccess;
  /** RFC 5627 4.2. */
  readonly publicGruu: string | undefined;
  /** RFC 5626 6. */
  readonly usesOutbound: boolean;
}

/** A server port, and client ports enough for the set in use, the one before it and the one to come. AKA-55. */
export const protectedPortsEach = 5;

/** With what it was made of. */
class UnprotectedAccess extends NetworkAccess {
  constructor(
    proxy: Destination | undefined,
    local: ListenPoint,
    user: string,
    readonly number: number,
    readonly config: UeConfig,
    readonly points: readonly ListenPoint[],
  ) {
    super(proxy, local, user);
  }
}

export class UserAgent {
  /** A stream of this UE. */
  readonly random: Random;
  #registered: SessionGrant | undefined;
  /** The last one that was asked for: it stays the same from request to request. */
  #unprotected: UnprotectedAccess | undefined;

  /** @param config what the profile says now: it may change between two requests */
  constructor(
    readonly name: string,
    readonly environment: Environment,
    readonly host: MachineHost,
    readonly sip: SipEndpoint,
    public config: UeConfig,
  ) {
    this.random = environment.random.stream('ue');
  }

  makeTag(): string {
    return this.random.bytes(8).toString('hex');
  }

  makeCallId(): string {
    const { address } = this.#pointTowards(this.config.proxy[0]);
    // Kept for as long as the UE is there; what is put together otherwise keeps its pieces, too.
    return detached(`${this.random.bytes(12).toString('hex')}@${hostPort(address)}`);
  }

  makeNonce(): string {
    return this.random.bytes(8).toString('hex');
  }

  /** Decimal, for the o= line of a session description. */
  makeSessionId(): string {
    return String(this.random.uint32());
  }

  /** The way by which sessions go: over the registration that stands, else unprotected to the first P-CSCF. */
  get access(): NetworkAccess {
    return this.#registered?.access ?? this.unprotectedAccess(0);
  }

  /** What sessions may use of the registration that stands; undefined: none does. */
  registered(grant: SessionGrant | undefined): void {
    this.#registered = grant;
  }

  /** To the P-CSCF of this number, counted on from the first. */
  unprotectedAccess(number: number): NetworkAccess {
    const { config } = this;
    const points = this.sip.listenPoints;
    const known = this.#unprotected;
    if (known?.config === config && known.number === number && known.points === points) return known;
    const { proxy: proxies, privateIdentity, security } = config;
    const proxy = proxies[number % Math.max(1, proxies.length)];
    const local = security.mechanism === 'tls' ? this.#securedPoint : this.#pointTowards(proxy);
    this.#unprotected = new UnprotectedAccess(proxy, local, privateIdentity.split('@', 1)[0]!, number, config, points);
    return this.#unprotected;
  }

  get contactUri(): string {
    return this.access.contactUri;
  }

  /**
   * Contact of requests and responses that open or refresh a dialog (TS 24.229 5.1.2A.1): the public GRUU where there is
   * one (RFC 5627 4.4); over outbound flows the address asks for this very flow (RFC 5626 4.3).
   */
  get sessionContact(): string {
    const { publicGruu, usesOutbound } = this.#registered ?? {};
    const uri = publicGruu ?? `${this.contactUri}${usesOutbound === true ? ';ob' : ''}`;
    return `<${uri}>;${mmtelFeature}`;
  }

  get proxyRoute(): string | undefined {
    return this.access.proxyRoute;
  }

  get proxyText(): string {
    return this.access.proxyText;
  }

  /** Next hop of a request within a dialog; the P-CSCF where its name is not known here (SIP-72). */
  nextHop(request: SipRequest): readonly Destination[] {
    const found = this.sip.nextHop(request);
    return found.length > 0 ? found : this.access.destinations;
  }

  /** Those that take ESP only: of each flow a server port, then its client ports. They stand after the other UDP points. */
  get #protectedPoints(): readonly ListenPoint[] {
    const { security, listen } = this.config;
    if (security.mechanism !== 'ipsec-3gpp') return [];
    const datagram = this.sip.listenPoints.filter(({ protocol }) => protocol === 'udp');
    return datagram.slice(listen.filter(({ protocol }) => protocol === 'udp').length);
  }

  /** The security agreement of a flow, where the profile wants one. */
  securityAgreement(flow: number): SecurityAgreement | TlsAgreement | undefined {
    const { security } = this.config;
    const { ipsec } = this.environment;
    if (security.mechanism === 'tls') return new TlsAgreement(this.#securedPoint, (proxy) => this.#securedProxy(proxy));
    if (security.mechanism === 'none' || ipsec === undefined) return undefined;
    const first = flow * protectedPortsEach;
    const points = this.#protectedPoints.slice(first, first + protectedPortsEach);
    return new SecurityAgreement(this, ipsec, security, points);
  }

  /** One plain sentence for trace and verdict. `what` begins with `cause.` or `info.`. */
  explain(what: string, text: string, clause: string | undefined): void {
    const { trace, clock } = this.environment;
    trace?.write({ kind: 'note', time: clock.now(), node: this.name, what, text, clause });
  }

  /** What Via and Contact show of connections with TLS: also before there is one, so that one contact registers. */
  get #securedPoint(): ListenPoint {
    const point = this.config.listen.find(({ protocol }) => protocol === 'tls');
    if (point === undefined) throw new Error('there is no listen point for TLS');
    return point;
  }

  /** Where a P-CSCF takes TLS. */
  #securedProxy(proxy: Destination): Destination | undefined {
    return this.config.securedProxy?.[this.config.proxy.indexOf(proxy)];
  }

  /** The own socket on the P-CSCF's side: same protocol and address family where there is a choice. */
  #pointTowards(proxy: Destination | undefined): ListenPoint {
    const own = this.sip.listenPoints;
    const shielded = this.#protectedPoints;
    const points = own.length === 0 ? this.config.listen : own.filter((point) => !shielded.includes(point));
    const reaches = ({ address }: ListenPoint): boolean =>
      proxy === undefined || address.includes(':') === proxy.endpoint.address.includes(':');
    const point = points.find((each) => each.protocol === proxy?.protocol && reaches(each)) ?? points.find(reaches);
    return point ?? points[0]!;
  }
}

/** True for two URIs that name one user at one host, whatever their parameters. */
export function sameTarget(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseUri(one), parseUri(other)];
  return a !== undefined && b !== undefined && a.user === b.user && a.host === b.host && a.port === b.port;
}
