/** What registration and calls of a UE share: endpoint, identifiers, contact, and the way into the network. */
import type { Environment, Random } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import {
  type Destination,
  hostPort,
  type ListenPoint,
  parseUri,
  quote,
  type SipEndpoint,
  type SipRequest,
} from '../../sip/index.js';
import type { UeConfig } from './config.js';

/** The MMTel communication service as a feature tag's value (TS 24.229 7.2A.8, TS 24.173). */
export const mmtelFeature = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"';

export class UserAgent {
  /** A stream of this UE. */
  readonly random: Random;

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
    const { address } = this.#ownPoint();
    return `${this.random.bytes(12).toString('hex')}@${hostPort(address)}`;
  }

  makeNonce(): string {
    return this.random.bytes(8).toString('hex');
  }

  /** Decimal, for the o= line of a session description. */
  makeSessionId(): string {
    return String(this.random.uint32());
  }

  /** This UE's address as its Contact URI. */
  get contactUri(): string {
    const { address, port, protocol } = this.#ownPoint();
    const user = this.config.privateIdentity.split('@', 1)[0]!;
    return `sip:${user}@${hostPort(address, port)}${protocol === 'tcp' ? ';transport=tcp' : ''}`;
  }

  /** Contact of REGISTER, with all that this UE can do (REG-10). */
  get registeredContact(): string {
    const instance = quote(`<${this.config.instanceId}>`);
    return `<${this.contactUri}>;+sip.instance=${instance};${mmtelFeature};+g.3gpp.smsip`;
  }

  /** Contact of requests and responses that open or refresh a dialog (TS 24.229 5.1.2A.1). */
  get sessionContact(): string {
    return `<${this.contactUri}>;${mmtelFeature}`;
  }

  /** The first value of a preloaded Route (REG-14). */
  get proxyRoute(): string | undefined {
    const proxy = this.config.proxy[0];
    if (proxy === undefined) return undefined;
    const { address, port } = proxy.endpoint;
    return `<sip:${hostPort(address, port)};lr${proxy.protocol === 'tcp' ? ';transport=tcp' : ''}>`;
  }

  /** The P-CSCF as a sentence names it. */
  get proxyText(): string {
    const proxy = this.config.proxy[0];
    if (proxy === undefined) return 'a P-CSCF that the topology does not name';
    const { address, port } = proxy.endpoint;
    return `the P-CSCF at ${proxy.protocol}://${hostPort(address, port)}`;
  }

  /** Next hop of a request within a dialog; the P-CSCF where its name is not known here (SIP-72). */
  nextHop(request: SipRequest): readonly Destination[] {
    const found = this.sip.nextHop(request);
    return found.length > 0 ? found : this.config.proxy;
  }

  /** One plain sentence for trace and verdict. `what` begins with `cause.` or `info.`. */
  explain(what: string, text: string, clause: string | undefined): void {
    const { trace, clock } = this.environment;
    trace?.write({ kind: 'note', time: clock.now(), node: this.name, what, text, clause });
  }

  /** The own socket on the P-CSCF's side: same protocol and address family where there is a choice. */
  #ownPoint(): ListenPoint {
    const proxy = this.config.proxy[0];
    const points = this.sip.listenPoints.length > 0 ? this.sip.listenPoints : this.config.listen;
    const reaches = ({ address }: ListenPoint): boolean =>
      proxy === undefined || address.includes(':') === proxy.endpoint.address.includes(':');
    const point = points.find((each) => each.protocol === proxy?.protocol && reaches(each)) ?? points.find(reaches);
    return point ?? points[0]!;
  }
}

/** True for two URIs that name one user at one host, whatever their parameters. */
export function sameTarget(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)];
  return a !== undefined && b !== undefined && a.user === b.user && a.host === b.host && a.port === b.port;
}
