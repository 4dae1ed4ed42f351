/** A way of a UE into the network: the P-CSCF, the own port that it sees, and what protects what goes there. REG-10, REG-14; TS 33.203 7.1. */
import { type Destination, type Headers, hostPort, type ListenPoint } from '../../sip/index.js';

/** A set of security associations, or TLS, as SIP sees it. */
export interface Protection {
  /** The own protected server port, or point of TLS: Via and Contact show it. */
  readonly local: ListenPoint;
  /** The P-CSCF's protected server port, from the own protected client port (AKA-51); or where it takes TLS. */
  readonly destination: Destination;
  /** Values of Security-Server, as received. */
  readonly securityServer: readonly string[];
}

/** RFC 3261 19.1.1; TLS as TS 24.229 5.1.1.2.1 has it, without sips (SIP-27). */
const transportParameters = { udp: '', tcp: ';transport=tcp', tls: ';transport=tls' } as const;

/** A P-CSCF as a sentence names it. */
export function proxyAt(destination: Destination | undefined): string {
  if (destination === undefined) return 'a P-CSCF that the topology does not name';
  const { protocol, endpoint } = destination;
  return `the P-CSCF at ${protocol}://${hostPort(endpoint.address, endpoint.port)}`;
}

export class NetworkAccess {
  readonly destinations: readonly Destination[];
  readonly #user: string;

  /**
   * @param proxy the P-CSCF where it takes unprotected requests; undefined: the topology names none
   * @param local the own socket that Contact shows
   * @param user of Contact
   */
  constructor(
    private readonly proxy: Destination | undefined,
    private readonly local: ListenPoint,
    user: string,
    readonly protection?: Protection,
  ) {
    this.#user = user;
    this.destinations = proxy === undefined ? [] : [protection === undefined ? proxy : protection.destination];
  }

  /** Nothing may leave by another way. */
  get isSecured(): boolean {
    return this.protection !== undefined || this.proxy?.protocol === 'tls';
  }

  /** The same P-CSCF over a set of security associations, or over TLS. */
  protectedBy(protection: Protection): NetworkAccess {
    return new NetworkAccess(this.proxy, protection.local, this.#user, protection);
  }

  /** This UE's address as its Contact URI. */
  get contactUri(): string {
    const { address, port, protocol } = this.local;
    return `sip:${this.#user}@${hostPort(address, port)}${transportParameters[protocol]}`;
  }

  /** The first value of a preloaded Route (REG-14). */
  get proxyRoute(): string | undefined {
    const [proxy] = this.destinations;
    if (proxy === undefined) return undefined;
    const { address, port } = proxy.endpoint;
    return `<sip:${hostPort(address, port)};lr${transportParameters[proxy.protocol]}>`;
  }

  /** The P-CSCF as a sentence names it. */
  get proxyText(): string {
    return proxyAt(this.destinations[0]);
  }

  /** AKA-44: what every request over security associations or agreed TLS carries (RFC 3329 2.3.1). */
  get securityHeaders(): Headers {
    if (this.protection === undefined) return [];
    return [
      ['Require', 'sec-agree'],
      ['Proxy-Require', 'sec-agree'],
      ...this.protection.securityServer.map((value) => ['Security-Verify', value] as const),
    ];
  }
}
