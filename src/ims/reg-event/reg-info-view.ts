import type { ContactElement, RegInfo, RegistrationElement } from './reg-info.js';

/** Registrations that one view keeps, and contacts of each: a document may not make it larger. */
const registrationsMax = 1_000;

/** What a watcher knows: the documents of one subscription put together. RFC 3680 5.1. */
export class RegInfoView {
  #version: number | undefined;
  #registrations: readonly RegistrationElement[] = [];

  /** What stands: without what has terminated. */
  get registrations(): readonly RegistrationElement[] {
    return this.#registrations;
  }

  /** Of the last document taken; undefined before the first of a subscription. */
  get version(): number | undefined {
    return this.#version;
  }

  /** The identity as the document writes it, while it is registered or about to be. */
  registration(aor: string): RegistrationElement | undefined {
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
    if (info.state === 'full') {
      this.#registrations = info.registrations.flatMap(standing);
      return 'applied';
    }
    this.#registrations = merged(this.#registrations, info.registrations);
    return known === undefined || info.version > known + 1 ? 'gap' : 'applied';
  }
}

/** By the elements' ids; contacts that a partial document leaves out stay as they were. */
function merged(
  known: readonly RegistrationElement[],
  changed: readonly RegistrationElement[],
): readonly RegistrationElement[] {
  const byId = new Map(known.map((each) => [each.id, each]));
  for (const registration of changed) {
    const before = byId.get(registration.id);
    const [next] = standing({
      ...registration,
      contacts: mergeContacts(before?.contacts ?? [], registration.contacts),
    });
    if (next === undefined) byId.delete(registration.id);
    else if (before !== undefined || byId.size < registrationsMax) byId.set(registration.id, next);
  }
  return [...byId.values()];
}

/** Later ones replace earlier ones of the same id. */
export function mergeContacts(
  known: readonly ContactElement[],
  changed: readonly ContactElement[],
): readonly ContactElement[] {
  const byId = new Map(known.map((each) => [each.id, each]));
  for (const contact of changed) byId.set(contact.id, contact);
  return [...byId.values()];
}

/** RFC 3680 5.1: what has terminated may go. */
function standing(registration: RegistrationElement): readonly RegistrationElement[] {
  if (registration.state === 'terminated') return [];
  if (registration.contacts.every(({ state }) => state === 'active')) return [registration];
  return [{ ...registration, contacts: registration.contacts.filter(({ state }) => state === 'active') }];
}
