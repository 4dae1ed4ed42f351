import type { ContactElement, RegInfo, RegistrationElement } from './reg-info.js';

/** A binding that stands. What else a document says of it is for whoever takes the document. */
export type StandingContact = Pick<ContactElement, 'id' | 'uri' | 'event' | 'expires' | 'pubGruu' | 'tempGruu'>;

/** An identity that is registered or about to be. */
export interface StandingRegistration extends Pick<RegistrationElement, 'aor' | 'id' | 'wildcardedIdentity'> {
  readonly state: 'init' | 'active';
  readonly contacts: readonly StandingContact[];
}

/** Registrations that one view keeps, and contacts of each: partial documents may not make it larger. */
const registrationsMax = 1_000;
const contactsMax = 1_000;

/** What a watcher knows: the documents of one subscription put together. RFC 3680 5.1. */
export class RegInfoView {
  #version: number | undefined;
  #registrations: readonly StandingRegistration[] = [];

  /** What stands: what has terminated goes at once (RFC 3680 5.1 lets it). */
  get registrations(): readonly StandingRegistration[] {
    return this.#registrations;
  }

  /** Of the last document taken; undefined before the first of a subscription. */
  get version(): number | undefined {
    return this.#version;
  }

  /** By the identity as the document writes it. */
  registration(aor: string): StandingRegistration | undefined {
    return this.#registrations.find((each) => each.aor === aor);
  }

  /** A new subscription begins, whose versions start anew; what is known stays until its first document. */
  restart(): void {
    this.#version = undefined;
  }

  /**
   * `stale`: older than what is known, or the same again, and left alone. `gap`: taken, but documents before it are missing
   * and it does not say everything, so the full state should be asked for.
   */
  apply(info: RegInfo): 'applied' | 'stale' | 'gap' {
    const known = this.#version;
    if (known !== undefined && info.version <= known) return 'stale';
    this.#version = info.version;
    const before = info.state === 'full' ? [] : this.#registrations;
    this.#registrations = merged(before, info.registrations);
    if (info.state === 'full') return 'applied';
    return known === undefined || info.version > known + 1 ? 'gap' : 'applied';
  }
}

/** By the elements' ids; contacts that a document leaves out stay as they were. */
function merged(
  known: readonly StandingRegistration[],
  changed: readonly RegistrationElement[],
): readonly StandingRegistration[] {
  const byId = new Map(known.map((each) => [each.id, each]));
  for (const registration of changed) {
    const { id, aor, state, wildcardedIdentity } = registration;
    const before = byId.get(id);
    if (state === 'terminated') byId.delete(id);
    else if (before !== undefined || byId.size < registrationsMax) {
      const contacts = mergedContacts(before?.contacts ?? [], registration.contacts);
      byId.set(id, { aor, id, state, contacts, ...(wildcardedIdentity !== undefined && { wildcardedIdentity }) });
    }
  }
  return [...byId.values()];
}

function mergedContacts(
  known: readonly StandingContact[],
  changed: readonly ContactElement[],
): readonly StandingContact[] {
  const byId = new Map(known.map((each) => [each.id, each]));
  for (const contact of changed) {
    const { id, uri, state, event, expires, pubGruu, tempGruu } = contact;
    if (state === 'terminated') byId.delete(id);
    else if (byId.has(id) || byId.size < contactsMax) {
      byId.set(id, {
        id,
        uri,
        event,
        ...(expires !== undefined && { expires }),
        ...(pubGruu !== undefined && { pubGruu }),
        ...(tempGruu !== undefined && { tempGruu }),
      });
    }
  }
  return [...byId.values()];
}
