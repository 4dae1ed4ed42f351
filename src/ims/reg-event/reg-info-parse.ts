/**
 * Documents of the registration event package, read. RFC 3680 5, RFC 5628 5, TS 24.229 7.10.2. What the schema does not
 * know is left alone, because every element may be extended; what it demands must be there.
 */
import {
  type ContactElement,
  type ContactEvent,
  type RegInfo,
  type RegistrationElement,
  type RegistrationState,
  regInfoNamespace,
  stateAfter,
} from './reg-info.js';
import { readXml, type XmlElement } from './xml-reader.js';

/** RFC 3680 5.1: 32 bits. A higher one would make all that follows look old. */
const versionMax = 0xffff_ffff;

/** More elements than any set of identities has. */
const registrationsMax = 1_000;
const contactsMax = 1_000;

/** `undefined`: it is no document of this package, or one that breaks its schema. */
export function parseRegInfo(xml: string): RegInfo | undefined {
  const root = readXml(xml);
  if (root?.name !== 'reginfo') return undefined;
  // One without any namespace is read all the same.
  if (root.namespace !== undefined && root.namespace !== regInfoNamespace) return undefined;
  const version = wholeNumber(root, 'version');
  const state = root.attribute('state');
  if (version === undefined || version > versionMax || (state !== 'full' && state !== 'partial')) return undefined;
  const elements = root.ownChildrenOf('registration');
  if (elements.length > registrationsMax) return undefined;
  const registrations = all(elements, readRegistration);
  // A literal, as all that is kept: what was read is a piece of the document and pins it.
  return registrations === undefined
    ? undefined
    : { version, state: state === 'full' ? 'full' : 'partial', registrations };
}

const registrationStates: ReadonlyMap<string, RegistrationState> = new Map(
  (['init', 'active', 'terminated'] as const).map((state) => [state, state]),
);
const contactEvents: ReadonlyMap<string, ContactEvent> = new Map(
  (Object.keys(stateAfter) as ContactEvent[]).map((event) => [event, event]),
);

function readRegistration(element: XmlElement): RegistrationElement | undefined {
  const aor = element.attribute('aor');
  const id = element.attribute('id');
  const state = registrationStates.get(element.attribute('state') ?? '');
  if (aor === undefined || id === undefined || state === undefined) return undefined;
  const elements = element.ownChildrenOf('contact');
  const contacts = elements.length > contactsMax ? undefined : all(elements, readContact);
  if (contacts === undefined) return undefined;
  const registration: Mutable<RegistrationElement> = { aor: copied(aor), id: copied(id), state, contacts };
  set(registration, 'wildcardedIdentity', textOf(element.child('wildcardedIdentity')));
  return registration;
}

function readContact(element: XmlElement): ContactElement | undefined {
  const id = element.attribute('id');
  const uri = textOf(element.ownChildrenOf('uri')[0]);
  const event = contactEvents.get(element.attribute('event') ?? '');
  const state = element.attribute('state');
  if (id === undefined || uri === undefined || event === undefined) return undefined;
  if (state !== 'active' && state !== 'terminated') return undefined;
  const contact: Mutable<ContactElement> = {
    id: copied(id),
    uri,
    state: state === 'active' ? 'active' : 'terminated',
    event,
    unknownParams: unknownParamsOf(element),
  };
  set(contact, 'durationRegistered', wholeNumber(element, 'duration-registered'));
  set(contact, 'expires', wholeNumber(element, 'expires'));
  set(contact, 'retryAfter', wholeNumber(element, 'retry-after'));
  set(contact, 'cseq', wholeNumber(element, 'cseq'));
  set(contact, 'q', copyOf(element.attribute('q')));
  set(contact, 'callId', copyOf(element.attribute('callid')));
  set(contact, 'displayName', textOf(element.ownChildrenOf('display-name')[0]));
  set(contact, 'pubGruu', copyOf(element.child('pub-gruu')?.attribute('uri')));
  set(contact, 'tempGruu', temporaryGruuOf(element));
  return contact;
}

function unknownParamsOf(element: XmlElement): ContactElement['unknownParams'] {
  const parameters = element.ownChildrenOf('unknown-param').flatMap((each) => {
    const name = each.attribute('name');
    return name === undefined ? [] : [[copied(name), copied(each.text.trim())] as const];
  });
  return parameters.length === 0 ? noParams : parameters;
}

const noParams: ContactElement['unknownParams'] = [];

function temporaryGruuOf(element: XmlElement): ContactElement['tempGruu'] {
  const temporary = element.child('temp-gruu');
  const uri = temporary?.attribute('uri');
  const firstCseq = temporary === undefined ? undefined : wholeNumber(temporary, 'first-cseq');
  return uri === undefined || firstCseq === undefined ? undefined : { uri: copied(uri), firstCseq };
}

/** All of them read, or nothing. */
function all<T>(
  elements: readonly XmlElement[],
  read: (element: XmlElement) => T | undefined,
): readonly T[] | undefined {
  const results: T[] = [];
  for (const element of elements) {
    const result = read(element);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return results;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is not there has no key. */
function set<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** Trimmed; undefined where there is no element or it is empty. */
function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim();
  return text === undefined || text === '' ? undefined : copied(text);
}

/** xs:unsignedLong as far as numbers are exact. */
function wholeNumber(element: XmlElement, name: string): number | undefined {
  const text = element.attribute(name)?.trim();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What is kept must not pin the document in memory. V8 makes no slices of less than 13 characters. */
function copied(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

function copyOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : copied(text);
}
