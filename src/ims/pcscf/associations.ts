/**
 * P-CSCF, the security associations of its UEs: which set a message came over, and what was agreed for it. TS 33.203 §7;
 * TS 24.229 §5.2.2.2.
 */
import type { Endpoint, Ipsec, ProtectedEndpoint, SecurityAssociationSet } from '../../environment/index.js';
import {
  associationSet as associationsOf,
  formatSecurityMechanisms,
  type IpsecProposal,
  offer,
  protectedEnd,
  type SecurityMechanism,
} from '../../ipsec/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import { detached, type ListenPoint, type ServerRequest, type Source } from '../../sip/index.js';
import { associationSet } from './association-set.machine.js';
import type { SecurityConfig } from './config.js';
import { awaitAuthMs, type UeRegistration } from './registrations.js';

const noEffects: EffectsOf<typeof associationSet, Association> = {};

/** What the two ends agree on, and the keys of the AKA run. */
export interface Agreement {
  /** Security-Client as it came with the REGISTER that was challenged. */
  readonly client: readonly SecurityMechanism[];
  readonly chosen: IpsecProposal;
  readonly ck: Buffer;
  readonly ik: Buffer;
  /** The challenged REGISTER came outside every association: a first registration (TS 24.229 §5.2.2.2). */
  readonly isInitial: boolean;
}

/** One set of a UE. */
export class Association {
  readonly machine: Instance<typeof associationSet>;
  /** When its lifetime ends, ms; 0: not established. */
  until = 0;
  /** The set that it has superseded, as long as that stays. */
  previous: Association | undefined;

  constructor(
    chassis: Chassis,
    onDone: (association: Association) => void,
    readonly entry: UeRegistration,
    readonly client: readonly SecurityMechanism[],
    /** Security-Server as it was sent. */
    readonly server: readonly SecurityMechanism[],
    readonly set: SecurityAssociationSet,
    readonly isInitial: boolean,
  ) {
    this.machine = chassis.host.create(associationSet, {
      id: `associations:${set.local.serverSpi}`,
      input: { awaitAuthMs },
      owner: this as Association,
      effects: noEffects,
      onDone,
    });
  }

  get isTemporary(): boolean {
    return this.machine.state === 'temporary';
  }
}

export class Associations {
  readonly #chassis: Chassis;
  readonly #security: SecurityConfig;
  readonly #bySet = new Map<SecurityAssociationSet, Association>();
  /** How many sets there are from an address and protected client port: UEs send from there (AKA-51). */
  readonly #clients = new Map<string, number>();

  constructor(chassis: Chassis, security: SecurityConfig) {
    this.#chassis = chassis;
    this.#security = security;
  }

  get count(): number {
    return this.#bySet.size;
  }

  /** A port of ours that takes nothing but ESP. */
  isProtected({ protocol, port }: ListenPoint): boolean {
    return protocol === 'udp' && (port === this.#security.serverPort || port === this.#security.clientPort);
  }

  /** The set that has opened a message: its keys say who sent it, its address and ports might be another's, too (REG-24). */
  over({ endpoint }: Source): Association | undefined {
    return 'openedBy' in endpoint ? this.#bySet.get((endpoint as ProtectedEndpoint).openedBy) : undefined;
  }

  /** A request has come over an established set. */
  used(association: Association): void {
    const { previous } = association;
    if (previous === undefined) return;
    association.previous = undefined;
    previous.machine.send({ type: 'newer.used' });
  }

  /** REG-23: a temporary set with SPIs of ours that differ from the UE's; installed from now on. */
  create(
    entry: UeRegistration,
    { message, source }: Pick<ServerRequest, 'message' | 'source'>,
    { client, chosen, ck, ik, isInitial }: Agreement,
  ): Association {
    const { clientPort, serverPort } = this.#security;
    const { address } = source.local;
    const taken = [chosen.clientSpi, chosen.serverSpi];
    const spis = { client: this.#newSpi(address, taken), server: 0 };
    spis.server = this.#newSpi(address, [...taken, spis.client]);
    const ports = { client: clientPort, server: serverPort };
    const server = offer([chosen], spis, ports, { mode: chosen.mode, q: 0.1 });
    const own = { address, clientPort, serverPort, clientSpi: spis.client, serverSpi: spis.server };
    // AKA-56: in a tunnel the UE has the address that it knows itself; the NAT’s is that of the packets around it.
    const ueAddress = chosen.mode === 'UDP-enc-tun' ? detached(message.topVia.host) : source.endpoint.address;
    const set = associationsOf(own, protectedEnd(ueAddress, chosen), chosen, { ck, ik });
    const association = new Association(this.#chassis, this.#ended, entry, client, server, set, isInitial);
    this.#bySet.set(set, association);
    const from = clientKey(set);
    this.#clients.set(from, (this.#clients.get(from) ?? 0) + 1);
    this.#ipsec.install(set);
    return association;
  }

  /** REG-25: the 200 to a REGISTER that came over it; `lifetimeMs`: the registration's time and 30 s. */
  establish(association: Association, lifetimeMs: number): void {
    const { entry, machine } = association;
    const now = this.#chassis.environment.clock.now();
    const before = entry.association;
    const remaining = Math.max((before?.until ?? 0) - now, 0);
    const lifetime = Math.max(remaining, lifetimeMs); // TS 24.229 §5.2.2.2
    association.until = now + lifetime;
    machine.send({ type: 'register.granted', lifetimeMs: lifetime });
    if (entry.temporary === association) entry.temporary = undefined;
    if (before === association) return;
    entry.association = association;
    if (before === undefined) return;
    if (association.isInitial) before.machine.send({ type: 'set.dropped' });
    else {
      association.previous = before;
      before.machine.send({ type: 'set.superseded' });
    }
  }

  /** The port from which a datagram leaves that speaks for our server port (AKA-51, REG-19). */
  senderOf(local: ListenPoint, to: Endpoint): ListenPoint | undefined {
    const { serverPort, clientPort } = this.#security;
    // Towards the UE's client port, where `rport` may lead, the association is that of the server port.
    if (local.port !== serverPort || this.#clients.has(keyOf(to))) return undefined;
    return { protocol: 'udp', address: local.address, port: clientPort };
  }

  close(): void {
    for (const association of [...this.#bySet.values()]) association.machine.stop();
  }

  readonly #ended = (association: Association): void => {
    const { set, entry } = association;
    this.#bySet.delete(set);
    const from = clientKey(set);
    const others = this.#clients.get(from)! - 1;
    if (others === 0) this.#clients.delete(from);
    else this.#clients.set(from, others);
    if (entry.association === association) entry.association = undefined;
    if (entry.temporary === association) entry.temporary = undefined;
    association.previous?.machine.send({ type: 'newer.used' });
    this.#ipsec.remove(set);
  };

  #newSpi(address: string, taken: readonly number[]): number {
    for (;;) {
      const spi = this.#ipsec.newSpi(address);
      if (!taken.includes(spi)) return spi; // AKA-41
    }
  }

  /** Without it the node would not have started. */
  get #ipsec(): Ipsec {
    return this.#chassis.environment.ipsec!;
  }
}

/** The header with which the challenge goes out, and with which the UE has to answer. */
export function securityServer({ server }: Association): string {
  return formatSecurityMechanisms(server);
}

function clientKey({ remote }: SecurityAssociationSet): string {
  return `${remote.address} ${remote.clientPort}`;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
