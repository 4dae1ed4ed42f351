/** What a P-CSCF knows of the UEs behind it: who is registered, from where, and the way home. */
import type { Instance } from '../../machine/index.js';
import type { RoutedRequest } from '../../node/index.js';
import { hostPort, type SipRequest, type SipResponse } from '../../sip/index.js';
import type { registration } from './registration.machine.js';

/** One contact of one UE (TS 24.229 §5.2.2: stored with the 200). */
export interface UeRegistration {
  readonly key: string;
  /** User part of our Path value: brings terminating requests back to this contact (REG-20). */
  readonly pathToken: string;
  /** Where the UE sends from and listens: sent-by of its Via and Contact, `host:port`. */
  readonly sentBy: string;
  /** Source address of its REGISTER. */
  readonly address: string;
  readonly contactUri: string;
  readonly publicIdentity: string;
  machine: Instance<typeof registration>;
  /** P-Associated-URI of the last 200, default first; the UE's identities (REG-25). */
  associatedIdentities: readonly string[];
  /** Service-Route of the last 200, as Route values in order. */
  serviceRoute: readonly string[];
}

export class UeRegistrations {
  readonly #byKey = new Map<string, UeRegistration>();
  readonly #byToken = new Map<string, UeRegistration>();
  /** Registered ones only, by the UE's sent-by. */
  readonly #bySentBy = new Map<string, UeRegistration>();
  readonly #addresses = new Map<string, number>();

  get count(): number {
    return this.#byKey.size;
  }

  byKey(key: string): UeRegistration | undefined {
    return this.#byKey.get(key);
  }

  add(entry: UeRegistration): void {
    this.#byKey.set(entry.key, entry);
    this.#byToken.set(entry.pathToken, entry);
    this.#addresses.set(entry.address, (this.#addresses.get(entry.address) ?? 0) + 1);
  }

  remove(entry: UeRegistration): void {
    this.#byKey.delete(entry.key);
    this.#byToken.delete(entry.pathToken);
    this.forget(entry);
    const count = (this.#addresses.get(entry.address) ?? 1) - 1;
    if (count === 0) this.#addresses.delete(entry.address);
    else this.#addresses.set(entry.address, count);
  }

  /** From the 200 on the UE may use the network. */
  register(entry: UeRegistration, response: SipResponse): void {
    entry.associatedIdentities = response.addresses('P-Associated-URI').map(({ uri }) => uri.text);
    entry.serviceRoute = response.values('Service-Route');
    this.#bySentBy.set(entry.sentBy, entry);
  }

  forget(entry: UeRegistration): void {
    if (this.#bySentBy.get(entry.sentBy) === entry) this.#bySentBy.delete(entry.sentBy);
  }

  byPathToken(token: string | undefined): UeRegistration | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  /**
   * The registered UE that sent a request. Without security associations the UE is known by its sent-by and its source
   * address: over TCP the source port says nothing (REG-26).
   */
  senderOf(routed: RoutedRequest): UeRegistration | undefined {
    const { topVia } = routed.server.message;
    const entry = this.#bySentBy.get(hostPort(topVia.host, topVia.port ?? 5060));
    return entry?.address === routed.server.source.endpoint.address ? entry : undefined;
  }

  /** An address from which a UE has come: the radio side's timers apply (TS 24.229 §7.7). */
  isUeAddress(address: string): boolean {
    return this.#addresses.has(address);
  }
}

/** One registration is one private identity at one contact. */
export function registrationKey(request: SipRequest, privateIdentity: string): string {
  const { contacts } = request;
  const contact = contacts === '*' ? '*' : (contacts[0]?.uri.text ?? '');
  return `${privateIdentity} ${contact}`;
}
