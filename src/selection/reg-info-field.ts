/**
 * Fields of a registration document (RFC 3680 5): `reginfo.state`, `reginfo.registration[2].aor`, and with an identity in place of
 * `registration` those of that identity: `reginfo."sip:a@b".contact.event`.
 */
import type { ContactElement, RegInfo, RegistrationElement } from '../ims/reg-event/reg-info.js';
import { regInfoType } from '../ims/reg-event/reg-info.js';
import { parseRegInfo } from '../ims/reg-event/reg-info-parse.js';
import { bodyOfType, decodeUtf8, type SipMessage } from '../sip/index.js';
import type { PathStep } from './field-path.js';
import { suggest } from './nearest-word.js';
import { PatternError } from './pattern-error.js';

type Value = string | number | undefined;

const documentFields: Readonly<Record<string, (document: RegInfo) => Value>> = {
  version: ({ version }) => version,
  state: ({ state }) => state,
};

const registrationFields: Readonly<Record<string, (registration: RegistrationElement) => Value>> = {
  aor: ({ aor }) => aor,
  id: ({ id }) => id,
  state: ({ state }) => state,
  wildcardedIdentity: ({ wildcardedIdentity }) => wildcardedIdentity,
};

/** By the names of the elements and attributes. */
const contactFields: Readonly<Record<string, (contact: ContactElement) => Value>> = {
  uri: ({ uri }) => uri,
  id: ({ id }) => id,
  state: ({ state }) => state,
  event: ({ event }) => event,
  'duration-registered': ({ durationRegistered }) => durationRegistered,
  expires: ({ expires }) => expires,
  'retry-after': ({ retryAfter }) => retryAfter,
  callid: ({ callId }) => callId,
  cseq: ({ cseq }) => cseq,
  q: ({ q }) => q,
  'display-name': ({ displayName }) => displayName,
  'pub-gruu': ({ pubGruu }) => pubGruu,
  'temp-gruu': ({ tempGruu }) => tempGruu?.uri,
  'first-cseq': ({ tempGruu }) => tempGruu?.firstCseq,
};

/** Its parameters have names with dots. */
const PARAMETER = 'unknown-param';

/** Throws PatternError for fields that no document has. `steps` are those after `reginfo`. */
export function checkRegInfoPath([first, ...rest]: readonly PathStep[]): void {
  if (first === undefined) return;
  if (Object.hasOwn(documentFields, first.name)) {
    checkEnd(rest, first);
    return;
  }
  if (first.name !== 'registration' && !isIdentity(first)) {
    const what = `registration documents have no field ${first.name}`;
    const mend = suggest(first.name, ['registration', ...Object.keys(documentFields)]);
    throw new PatternError([], what, `${mend} An identity stands in double quotes`);
  }
  const [field, part, ...more] = rest;
  if (field === undefined) return;
  if (field.name !== 'contact') {
    checkField(field, ['contact', ...Object.keys(registrationFields)], 'registrations');
    checkEnd(rest.slice(1), field);
  } else if (part !== undefined && part.name !== PARAMETER) {
    checkField(part, [...Object.keys(contactFields), PARAMETER], 'contacts');
    checkEnd(more, part);
  }
}

function checkField({ name }: PathStep, known: readonly string[], whose: string): void {
  if (known.includes(name)) return;
  throw new PatternError([], `${whose} in registration documents have no field ${name}`, suggest(name, known));
}

function checkEnd([step]: readonly PathStep[], { name }: PathStep): void {
  if (step === undefined) return;
  throw new PatternError([], `${name} has no field ${step.name}`, `end the path with ${name}`);
}

function isIdentity({ name }: PathStep): boolean {
  return name.includes(':');
}

/** All values of the field; empty where the message has no such document or that has no such field. */
export function readRegInfo(message: SipMessage, [first, ...rest]: readonly PathStep[]): readonly string[] {
  const body = bodyOfType(message, regInfoType);
  if (body === undefined) return [];
  const text = decodeUtf8(body);
  if (first === undefined) return [text];
  const document = parseRegInfo(text);
  if (document === undefined) return [];
  if (Object.hasOwn(documentFields, first.name)) return shown([documentFields[first.name]!(document)]);
  const { registrations } = document;
  const all = isIdentity(first) ? registrations.filter(({ aor }) => aor === first.name) : registrations;
  return picked(all, first).flatMap((registration) => readRegistration(registration, rest));
}

function readRegistration(registration: RegistrationElement, [first, ...rest]: readonly PathStep[]): readonly string[] {
  if (first === undefined) return [registration.aor];
  if (first.name === 'contact') {
    return picked(registration.contacts, first).flatMap((contact) => readContact(contact, rest));
  }
  return Object.hasOwn(registrationFields, first.name) ? shown([registrationFields[first.name]!(registration)]) : [];
}

function readContact(contact: ContactElement, [first, ...rest]: readonly PathStep[]): readonly string[] {
  if (first === undefined) return [contact.uri];
  if (first.name === PARAMETER) {
    const wanted = rest.map(({ name }) => name).join('.');
    return contact.unknownParams.flatMap(([name, value]) =>
      wanted === '' ? [name] : name !== wanted ? [] : [value === '' ? 'true' : value],
    );
  }
  return Object.hasOwn(contactFields, first.name) ? shown([contactFields[first.name]!(contact)]) : [];
}

function picked<TItem>(all: readonly TItem[], { index }: PathStep): readonly TItem[] {
  return index === undefined ? all : all.slice(index - 1, index);
}

function shown(values: readonly Value[]): readonly string[] {
  return values.filter((value) => value !== undefined).map(String);
}
