/** What a P-CSCF knows of the UEs behind it: who is registered, from where, and the way home. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, Queue, RoutedRequest } from '../../node/index.js';
import {
  type Destination,
  defaultPortOf,
  detached,
  hostPort,
  type NameAddress,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
  type Source,
} from '../../sip/index.js';
import { contactExpires, contactFlow } from '../identity/index.js';
import { terminatingNetwork } from '../session/charging-vector.js';
import type { UserPort } from '../session/route-set.js';
import type { SubscriptionPath } from '../session/subscription-paths.js';
import type { Association, Associations } from './associations.js';
import { type GrantedSet, noSets } from './granted-sets.js';
import type { Scheme } from './integrity.js';
import { isBehindNat } from './nat.js';
import { registration } from './registration.machine.js';
import type { TlsAgreed } from './tls-agreement.js';

/** Lifetime of what a challenge leaves behind: reg-await-auth, 4 min (TS 24.229 §7.8). */
export const awaitAuthMs = 240_000;
/** Contacts that have begun to register and are not registered: beyond this the oldest is forgotten, with the associations
 * that its challenge has left. */
const unregisteredMax = 10_000;

/** Subscriptions of one UE through here at once: a phone has one or two. */
export const subscriptionsMax = 20;

const noPaths: readonly SubscriptionPath[] = [];

/** One contact of one UE (TS 24.229 §5.2.2: stored with the 200). */
export class UeRegistration {
  key: string;
  readonly privateIdentity: string;
  /** reg-id of its contact; empty: it has none. */
  readonly flowId: string;
  /** It changes with the first REGISTER over an association: from then on it shows the protected server port (REG-14). */
  contactUri: string;
  /** The identity in To. */
  readonly publicIdentity: string;
  readonly machine: Instance<typeof registration>;
  /** Where the UE sends from and listens: sent-by of its Via, `host:port`. */
  sentBy: string;
  /** Source address of its REGISTER. */
  address: string;
  /** How it authenticates, as its last REGISTER said. */
  scheme: Scheme | undefined;
  /** The source port of its IP association, once SIP Digest has registered it (TS 33.203 N.2.1). */
  associatedPort: number | undefined;
  /** Where its Service-Route leads first. */
  servingAddresses: readonly string[] = [];
  /** What was agreed of TLS by the registration that stands. */
  tls: TlsAgreed | undefined;
  /** What was said of TLS before the last challenge, maybe by somebody else: it counts once a REGISTER over TLS is granted. */
  offeredTls: TlsAgreed | undefined;
  /** What stands over it, by implicit sets, the one granted last first (REG-25). */
  sets: readonly GrantedSet[] = noSets;
  /** The established set, over which all goes, and the one that a challenge has made (AKA-53). */
  association: Association | undefined;
  temporary: Association | undefined;
  /** Another entry of the same contact has taken its place: whatever is still for this one goes that way. */
  successor: UeRegistration | undefined;
  /** The flow over which it has registered, where it uses outbound (RFC 5626 5.1) or TLS, or is behind a NAT. */
  flow: Source | undefined;
  /** Its subscriptions that pass here. */
  subscriptions: readonly SubscriptionPath[] = noPaths;
  /** P-Charging-Function-Addresses of the last 200: a home network names them to its own P-CSCFs alone (REG-25). */
  chargingFunctions: string | undefined;
  /** term-ioi of the last 200, type 1: the home network, as charging knows it (TS 24.229 §5.2.2.1). */
  homeNetwork: string | undefined;

  constructor(
    chassis: Chassis,
    effects: EffectsOf<typeof registration, UeRegistration>,
    onDone: (entry: UeRegistration) => void,
    privateIdentity: string,
    /** User part of our Path value: brings terminating requests back to this contact (REG-20). */
    readonly pathToken: string,
    { message, source }: ServerRequest,
  ) {
    this.contactUri = contactUriOf(message);
    this.privateIdentity = detached(privateIdentity);
    this.publicIdentity = detached(message.to.uri.text);
    this.flowId = flowIdOf(message);
    this.key = keyOf(this.privateIdentity, this.contactUri, this.flowId);
    this.sentBy = sentByOf(message);
    this.address = source.endpoint.address;
    this.machine = chassis.host.create(registration, {
      id: `registration:${this.key}`,
      input: { awaitAuthMs },
      owner: this as UeRegistration,
      effects,
      onDone,
    });
  }

  /** How requests get to the UE, where the URI of its contact does not say it. */
  get destinations(): readonly Destination[] | undefined {
    const { association, successor } = this;
    if (successor !== undefined) return successor.destinations; // TS 33.203 §7.1
    if (association === undefined) return this.flow && [this.flow];
    const { local, remote } = association.set;
    return [
      {
        protocol: 'udp',
        endpoint: { address: remote.address, port: remote.serverPort },
        local: { protocol: 'udp', address: local.address, port: local.serverPort },
        sender: { protocol: 'udp', address: local.address, port: local.clientPort }, // AKA-51
      },
    ];
  }

  /** What was said of TLS in the registration that a REGISTER belongs to. */
  tlsOfferedIn({ callId }: SipRequest): TlsAgreed | undefined {
    return this.offeredTls?.callId === callId ? this.offeredTls : undefined;
  }

  /** The port of ours that it sends to, where that is not the open one. */
  get userPort(): UserPort | undefined {
    const { association, flow, successor } = this;
    if (successor !== undefined) return successor.userPort;
    if (association !== undefined) return { port: association.set.local.serverPort, transport: undefined };
    return flow?.protocol === 'tls' ? { port: flow.local.port, transport: 'tls' } : undefined;
  }
}

export class UeRegistrations {
  /** Undefined: the P-CSCF makes none. */
  associations: Associations | undefined;
  /** Hears of each contact that has ended. */
  onRemoved: ((entry: UeRegistration) => void) | undefined;
  readonly #byKey = new Map<string, UeRegistration>();
  readonly #byToken = new Map<string, UeRegistration>();
  /** In order of coming; hardly anybody has two. */
  readonly #byPrivateIdentity = new Map<string, readonly UeRegistration[]>();
  /** Registered ones only, by source address and sent-by. */
  readonly #byPlace = new Map<string, UeRegistration>();
  /** Those that have registered over TLS, by their connections. */
  readonly #byConnection = new Map<number, UeRegistration>();
  /** In order of coming. */
  readonly #unregistered = new Set<UeRegistration>();
  /** How many registrations are served from this address. */
  readonly #servingAddresses = new Map<string, number>();

  get count(): number {
    return this.#byKey.size;
  }

  get registeredCount(): number {
    return this.#byPlace.size;
  }

  /** Contacts that are not registered (yet), and their bound. */
  get unregistered(): Queue {
    return { name: 'unregistered contacts', length: this.#unregistered.size, max: unregisteredMax };
  }

  /** The entry for the contact of a REGISTER. */
  find(privateIdentity: string, request: SipRequest): UeRegistration | undefined {
    return this.#byKey.get(keyOf(privateIdentity, contactUriIn(request), flowIdOf(request)));
  }

  add(entry: UeRegistration): void {
    this.#byKey.set(entry.key, entry);
    this.#byToken.set(entry.pathToken, entry);
    const others = this.ofUser(entry.privateIdentity);
    this.#byPrivateIdentity.set(entry.privateIdentity, others.length === 0 ? [entry] : others.concat(entry));
    this.#unregistered.add(entry);
    if (this.#unregistered.size <= unregisteredMax) return;
    for (const oldest of this.#unregistered) {
      oldest.machine.stop();
      return;
    }
  }

  /** When its machine has ended. */
  remove(entry: UeRegistration): void {
    this.forget(entry);
    entry.temporary?.machine.send({ type: 'contact.ended' });
    entry.association?.machine.send({ type: 'contact.ended' });
    this.#byKey.delete(entry.key);
    this.#byToken.delete(entry.pathToken);
    this.#unregistered.delete(entry);
    const others = this.ofUser(entry.privateIdentity).filter((other) => other !== entry);
    if (others.length === 0) this.#byPrivateIdentity.delete(entry.privateIdentity);
    else this.#byPrivateIdentity.set(entry.privateIdentity, others);
    this.#setServingAddresses(entry, []);
    this.onRemoved?.(entry);
  }

  /**
   * From the 200 on the UE may use the network, from where it sent the REGISTER that was granted. `servingAddresses`: where
   * the Service-Route of the response leads. `sets`: what stands from now on.
   */
  register(
    entry: UeRegistration,
    response: SipResponse,
    { message, source }: ServerRequest,
    servingAddresses: readonly string[],
    sets: readonly GrantedSet[],
  ): void {
    if (source.protocol === 'tls') {
      entry.tls = entry.tlsOfferedIn(message) ?? (this.overTls(source) === entry ? entry.tls : undefined);
      entry.offeredTls = undefined;
    }
    const { address } = source.endpoint;
    const sentBy = sentByOf(message);
    // Mostly it stays where it was: its place is written over below.
    if (entry.address === address && entry.sentBy === sentBy) this.#forgetConnection(entry);
    else this.forget(entry);
    this.#unregistered.delete(entry);
    this.#rekey(entry);
    this.#setServingAddresses(entry, servingAddresses);
    entry.address = address;
    if (entry.sentBy !== sentBy) entry.sentBy = sentBy;
    // Behind a NAT, too, there is no other way to the UE than the one that it has opened itself (TS 24.229 Annex F).
    // TS 33.203 O.3: over TLS neither.
    const isSecured = source.protocol === 'tls';
    entry.flow = isSecured || usesOutbound(message) || isBehindNat(message, source) ? source : undefined;
    entry.associatedPort = entry.scheme === 'digest' && !isSecured ? source.endpoint.port : undefined;
    if (isSecured) this.#byConnection.set(source.connectionId!, entry);
    entry.sets = sets;
    // TS 24.229 §5.2.2.1: what a later 200 does not say is not known any more.
    entry.chargingFunctions = kept(response.header('P-Charging-Function-Addresses'));
    entry.homeNetwork = kept(terminatingNetwork(response.header('P-Charging-Vector')));
    this.#byPlace.set(placeOf(entry.address, entry.sentBy), entry);
  }

  /** The UE may use the network no more. */
  forget(entry: UeRegistration): void {
    this.#forgetConnection(entry);
    if (this.#isRegistered(entry)) this.#byPlace.delete(placeOf(entry.address, entry.sentBy));
  }

  #forgetConnection(entry: UeRegistration): void {
    const { flow } = entry;
    // Another contact of the UE may have registered over the same connection since.
    if (flow?.protocol === 'tls' && this.overTls(flow) === entry) this.#byConnection.delete(flow.connectionId!);
  }

  byPathToken(token: string | undefined): UeRegistration | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  /** All contacts of a user. */
  ofUser(privateIdentity: string): readonly UeRegistration[] {
    return this.#byPrivateIdentity.get(privateIdentity) ?? nobody;
  }

  /** Other contacts of the same user that are registered here. */
  othersOf(entry: UeRegistration): readonly UeRegistration[] {
    const all = this.ofUser(entry.privateIdentity);
    if (all.length === 1 && all[0] === entry) return nobody;
    return all.filter((other) => other !== entry && this.#isRegistered(other));
  }

  /**
   * The registered UE that sent a request. Without security associations the UE is known by its sent-by and its source
   * address: over TCP the source port says nothing (REG-26).
   */
  senderOf({ server }: RoutedRequest): UeRegistration | undefined {
    const { associations } = this;
    if (associations?.isProtected(server.local) === true) {
      const association = associations.over(server.source);
      if (association === undefined || association.isTemporary) return undefined;
      associations.used(association);
      return this.#isRegistered(association.entry) ? association.entry : undefined;
    }
    const entry = this.#byPlace.get(placeOf(server.source.endpoint.address, sentByOf(server.message)));
    // REG-26: who has associations is heard over them alone.
    if (entry?.association !== undefined) return undefined;
    return entry?.flow?.protocol === 'tls' ? this.overTls(server.source) : entry;
  }

  /** The UE that has registered over this very connection (TS 33.203 O.3). */
  overTls({ protocol, connectionId }: Source): UeRegistration | undefined {
    return protocol === 'tls' ? this.#byConnection.get(connectionId!) : undefined;
  }

  /** The registered UE that a request names in its Via, whoever has sent it. */
  bySentBy(message: SipRequest): UeRegistration | undefined {
    return this.#byPlace.get(placeOf(message.topVia.host, sentByOf(message)));
  }

  /** REG-21: there is an IP association of this private identity with where the request comes from. TS 33.203 N.2.1. */
  isAssociated(privateIdentity: string, { endpoint: { address, port } }: ServerRequest['source']): boolean {
    return this.ofUser(privateIdentity).some(
      (entry) => entry.associatedPort === port && entry.address === address && this.#isRegistered(entry),
    );
  }

  /** From a registered UE or from a node that serves one. */
  isKnown(routed: RoutedRequest): boolean {
    return this.isServingAddress(routed.server.source.endpoint.address) || this.senderOf(routed) !== undefined;
  }

  /** A node of the core network, where its timers apply; whoever is not known is a UE (TS 24.229 §7.7). */
  isServingAddress(address: string): boolean {
    return this.#servingAddresses.has(address);
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const entry of [...this.#byKey.values()]) entry.machine.stop();
  }

  #isRegistered(entry: UeRegistration): boolean {
    return this.#byPlace.get(placeOf(entry.address, entry.sentBy)) === entry;
  }

  /** The contact that was registered: another entry of the same one gives way, with its associations (TS 24.229 §5.2.2.2). */
  #rekey(entry: UeRegistration): void {
    const key = keyOf(entry.privateIdentity, entry.contactUri, entry.flowId);
    if (key === entry.key) return;
    const other = this.#byKey.get(key);
    if (other !== undefined) {
      other.successor = entry;
      other.association?.machine.send({ type: 'set.dropped' });
      other.machine.send({ type: 'contact.replaced' });
    }
    this.#byKey.delete(entry.key);
    entry.key = key;
    this.#byKey.set(key, entry);
  }

  #setServingAddresses(entry: UeRegistration, addresses: readonly string[]): void {
    const counts = this.#servingAddresses;
    for (const address of addresses) counts.set(address, (counts.get(address) ?? 0) + 1);
    for (const address of entry.servingAddresses) {
      const count = counts.get(address)! - 1;
      if (count === 0) counts.delete(address);
      else counts.set(address, count);
    }
    entry.servingAddresses = addresses;
  }
}

const nobody: readonly UeRegistration[] = [];

function kept(text: string | undefined): string | undefined {
  return text === undefined ? undefined : detached(text);
}

/** One registration is one private identity at one contact, or over one of its flows (RFC 5626 4.2). */
function keyOf(privateIdentity: string, contactUri: string, flowId: string): string {
  return `${privateIdentity} ${contactUri}${flowId}`;
}

/** RFC 5626 5.1: the UE registers a flow, and this is its first hop. */
export function usesOutbound(register: SipRequest): boolean {
  return flowIdOf(register) !== '' && register.vias.length === 1;
}

/** RFC 5626 11.6: of a UE that does not support outbound reg-id says nothing. */
function flowIdOf(register: SipRequest): string {
  const contact = register.hasOption('Supported', 'outbound') ? ownContactOf(register) : undefined;
  return contact === '*' || contact === undefined ? '' : flowIdIn(contact);
}

/** The contact that a REGISTER is about: the one that it binds, whatever it removes besides (RFC 3261 10.2.2); else the first. */
function ownContactOf(register: SipRequest): NameAddress | '*' | undefined {
  const { contacts } = register;
  if (contacts === '*' || contacts.length < 2) return contacts === '*' ? '*' : contacts[0];
  const { expires } = register;
  return contacts.find((contact) => contactExpires(contact, expires) !== 0) ?? contacts[0];
}

function flowIdIn(contact: NameAddress): string {
  const { flow } = contactFlow(contact);
  return flow === undefined ? '' : ` ${flow}`;
}

/** RFC 5626 6: the flows of a UE may have one address. Who was bound without a flow has what the address says. */
export function isOfFlow(contact: NameAddress, flowId: string): boolean {
  return flowId === '' || flowIdIn(contact) === flowId;
}

/** `*`, or the URI of the contact that the REGISTER is about; empty where there is none. */
export function contactUriOf(register: SipRequest): string {
  return detached(contactUriIn(register));
}

/** The same, as a part of the message. */
function contactUriIn(register: SipRequest): string {
  const contact = ownContactOf(register);
  return contact === '*' ? '*' : (contact?.uri.text ?? '');
}

/** Two UEs behind different gateways may have one sent-by: the source address tells them apart. */
function placeOf(address: string, sentBy: string): string {
  return `${address} ${sentBy}`;
}

function sentByOf({ topVia }: SipRequest): string {
  const defaultPort = defaultPortOf(topVia.transport === 'TLS' ? 'tls' : 'udp');
  return detached(hostPort(topVia.host, topVia.port ?? defaultPort));
}
