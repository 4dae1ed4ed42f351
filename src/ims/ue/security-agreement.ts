/**
 * The UE's part of the security agreement with one P-CSCF: what it offers, the set of associations that a challenge gives,
 * and which of its sets is in use. RFC 3329; TS 33.203 7; TS 24.229 5.1.1.2.2, 5.1.1.4.2, 5.1.1.5.1; REG-11 to REG-15.
 */
import type { Ipsec, IpsecMode, SecurityAssociationSet } from '../../environment/index.js';
import {
  associationSet,
  chooseFromServer,
  formatSecurityMechanisms,
  mechanismProblem,
  offer,
  parseSecurityMechanisms,
  protectedEnd,
  type SecurityMechanism,
  spisDiffer,
} from '../../ipsec/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Destination, ListenPoint, SipResponse } from '../../sip/index.js';
import type { SessionKeys } from './authentication.js';
import type { UeSecurity } from './config.js';
import type { Advice } from './failure.js';
import type { NetworkAccess } from './network-access.js';
import { securityAssociation } from './security-association.machine.js';
import type { UserAgent } from './user-agent.js';

/** The set outlives its registration by this (TS 24.229 5.1.1.5.1). */
const graceMs = 30_000;
/** RFC 3948 4: how often a NAT binding is kept open. */
const natKeepAliveMs = 20_000;

/** The own end of what was offered last. */
interface OwnEnd {
  readonly clientPoint: ListenPoint;
  readonly clientSpi: number;
  readonly serverSpi: number;
}

/** A set and the way that it makes. */
class ProtectedWay {
  readonly machine: Instance<typeof securityAssociation>;

  constructor(
    agent: UserAgent,
    ipsec: Ipsec,
    readonly set: SecurityAssociationSet,
    readonly access: NetworkAccess,
    onEnded: (way: ProtectedWay) => void,
  ) {
    ipsec.install(set);
    const effects: EffectsOf<typeof securityAssociation, ProtectedWay> = {
      removeSet: (_, way) => ipsec.remove(way.set),
    };
    this.machine = agent.host.create(securityAssociation, {
      id: `securityAssociation:${set.local.serverSpi}`,
      input: undefined,
      owner: this,
      effects,
      onDone: onEnded,
    });
  }
}

export class SecurityAgreement {
  readonly #agent: UserAgent;
  readonly #ipsec: Ipsec;
  readonly #security: UeSecurity;
  /** The protected server port, and client ports of which each new set takes another one. AKA-55. */
  readonly #serverPoint: ListenPoint;
  readonly #clientPoints: readonly ListenPoint[];
  #nextClient = 0;
  #own: OwnEnd | undefined;
  #offered = '';
  /** Of the set in use, as the clock counts. */
  #endsAt = 0;
  #temporary: ProtectedWay | undefined;
  #established: ProtectedWay | undefined;
  readonly #leaving = new Set<ProtectedWay>();

  /** @param points the protected ones: the server port first, then at least three client ports */
  constructor(agent: UserAgent, ipsec: Ipsec, security: UeSecurity, points: readonly ListenPoint[]) {
    const [serverPoint, ...clientPoints] = points;
    if (serverPoint === undefined || clientPoints.length === 0) throw new Error('there are no protected ports');
    this.#agent = agent;
    this.#ipsec = ipsec;
    this.#security = security;
    this.#serverPoint = serverPoint;
    this.#clientPoints = clientPoints;
  }

  /** What requests go over: the set of the registration that stands. */
  get access(): NetworkAccess | undefined {
    return this.#established?.access;
  }

  /** Over the set that the last challenge has given, until the network has granted over it. */
  get answerAccess(): NetworkAccess | undefined {
    return this.#temporary?.access;
  }

  /** A new offer: new SPIs and a new client port, the server port as before (REG-15). */
  newOffer(): void {
    const { address, port: server } = this.#serverPoint;
    const clientPoint = this.#freeClientPoint();
    const clientSpi = this.#ipsec.newSpi(address);
    let serverSpi = this.#ipsec.newSpi(address);
    while (serverSpi === clientSpi) serverSpi = this.#ipsec.newSpi(address); // AKA-41
    this.#own = { clientPoint, clientSpi, serverSpi };
    const { algorithms, mode } = this.#security;
    const ports = { client: clientPoint.port, server };
    const spis = { client: clientSpi, server: serverSpi };
    // AKA-56: whether there is a NAT between is for the P-CSCF to find out (TS 33.203 Annex M).
    const modes: readonly IpsecMode[] = mode === 'UDP-enc-tun' ? ['UDP-enc-tun', 'trans'] : ['trans'];
    this.#offered = formatSecurityMechanisms(modes.flatMap((each) => offer(algorithms, spis, ports, { mode: each })));
  }

  /** As offered last (REG-12: the same in the answer). */
  get offered(): string {
    return this.#offered;
  }

  /** REG-12: makes the temporary set of a challenge that was in order, or says why it cannot. */
  take(response: SipResponse, { ck, ik }: SessionKeys, way: NetworkAccess): Advice | undefined {
    const own = this.#own;
    const proxy = way.destinations[0]?.endpoint;
    if (own === undefined || proxy === undefined) throw new Error('a challenge came before an offer');
    const securityServer = response.headers('Security-Server');
    const mechanisms = parseSecurityMechanisms(securityServer);
    const chosen = chooseFromServer(mechanisms, this.#security.algorithms);
    if (chosen === undefined) return this.#nothingChosen(mechanisms);
    const { address, port: serverPort } = this.#serverPoint;
    const { clientPoint, clientSpi, serverSpi } = own;
    const local = protectedEnd(address, { clientPort: clientPoint.port, serverPort, clientSpi, serverSpi });
    const remote = protectedEnd(proxy.address, chosen);
    if (!spisDiffer(local, remote)) {
      const text = 'the P-CSCF has chosen an SPI that the UE has offered: all four of a set must differ';
      return { text, clause: 'TS 33.203 §7.2' };
    }
    this.#dropTemporary();
    const made = associationSet(local, remote, chosen, { ck, ik });
    const set = chosen.mode === 'UDP-enc-tun' ? { ...made, keepAliveMs: natKeepAliveMs } : made;
    // AKA-51: to the protected server port, from the client port, in the name of the server port.
    const destination: Destination = {
      protocol: 'udp',
      endpoint: { address: proxy.address, port: chosen.serverPort },
      local: this.#serverPoint,
      sender: clientPoint,
    };
    const protection = { local: this.#serverPoint, destination, securityServer };
    this.#temporary = new ProtectedWay(this.#agent, this.#ipsec, set, way.protectedBy(protection), this.#onEnded);
    return undefined;
  }

  /** REG-13, REG-70, REG-71: the registration is granted for so long. */
  granted(grantedMs: number): void {
    const now = this.#agent.environment.clock.now();
    this.#endsAt = Math.max(this.#endsAt, now + grantedMs + graceMs);
    const lifetimeMs = this.#endsAt - now;
    const fresh = this.#temporary;
    if (fresh !== undefined) {
      const old = this.#established;
      this.#temporary = undefined;
      this.#established = fresh;
      if (old !== undefined) {
        this.#leaving.add(old);
        old.machine.send({ type: 'set.superseded' });
      }
    }
    this.#established?.machine.send({ type: 'registration.granted', lifetimeMs });
  }

  /** AKA-54: what failed goes, what stood stays. */
  #dropTemporary(): void {
    const failed = this.#temporary;
    this.#temporary = undefined;
    failed?.machine.send({ type: 'set.dropped' });
  }

  /** REG-18: the registration is over. */
  release(): void {
    this.#dropTemporary();
    const ways = [...this.#leaving];
    if (this.#established !== undefined) ways.push(this.#established);
    this.#established = undefined;
    this.#endsAt = 0;
    for (const way of ways) way.machine.send({ type: 'set.dropped' });
  }

  /** What sends in the name of the protected server port (AKA-51); undefined: the port is another's, or no set stands. */
  senderOf({ port }: ListenPoint): ListenPoint | undefined {
    if (port !== this.#serverPoint.port) return undefined;
    return (this.#established ?? this.#temporary)?.access.protection?.destination.sender;
  }

  readonly #onEnded = (way: ProtectedWay): void => {
    this.#leaving.delete(way);
    if (this.#temporary === way) this.#temporary = undefined;
    if (this.#established === way) this.#established = undefined;
  };

  /** AKA-55: another one than those of the sets that stand. */
  #freeClientPoint(): ListenPoint {
    const ways = [this.#temporary, this.#established, ...this.#leaving];
    const taken = new Set(ways.map((way) => way?.set.local.clientPort));
    for (let tried = 0; tried < this.#clientPoints.length; tried++) {
      const point = this.#clientPoints[this.#nextClient++ % this.#clientPoints.length]!;
      if (!taken.has(point.port)) return point;
    }
    return this.#clientPoints[this.#nextClient++ % this.#clientPoints.length]!;
  }

  #nothingChosen(mechanisms: readonly SecurityMechanism[]): Advice {
    if (mechanisms.length === 0) {
      const text =
        'the challenge has no Security-Server, and this UE registers with IPsec only: see whether the P-CSCF is told to use ' +
        'ipsec-3gpp, and whether a node between has taken Security-Client out';
      return { text, clause: 'TS 24.229 §5.1.1.5.1' };
    }
    const problems = mechanisms.map((mechanism) => mechanismProblem(mechanism)).filter((text) => text !== undefined);
    const why = problems.length > 0 ? problems.join('; ') : 'none of its algorithms is one that this UE has offered';
    return {
      text: `Security-Server names nothing that this UE can use (${why}): compare the algorithms of UE and P-CSCF`,
      clause: 'RFC 3329 §2.3.1',
    };
  }
}
