/**
 * Documents of the registration event package, read. RFC 3680 5, RFC 5628 5, TS 24.229 7.10.2. What the schema does not
 * know is left alone, because every element may be extended; what it demands must be there.
 */
import { XMLParser } from 'fast-xml-parser';
import { childOf, childrenOf, type Element, textOf, textsOf } from '../subscription/xml-element.js';
import {
  type ContactElement,
  type ContactEvent,
  type RegInfo,
  type RegistrationElement,
  type RegistrationState,
  stateAfter,
} from './reg-info.js';

const attributePrefix = '@';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: attributePrefix,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true, // numeric references too
  jPath: false, // nothing here asks for the path of an element
});

/** More elements than any set of identities has. */
const registrationsMax = 1_000;
const contactsMax = 1_000;

/** `undefined`: it is no document of this package, or one that breaks its schema. */
export function parseRegInfo(xml: string): RegInfo | undefined {
  const root = childOf(parse(xml), 'reginfo');
  const version = root === undefined ? undefined : wholeNumber(root, 'version');
  const state = root === undefined ? undefined : attributeOf(root, 'state');
  if (root === undefined || version === undefined || (state !== 'full' && state !== 'partial')) return undefined;
  const elements = childrenOf(root, 'registration');
  if (elements.length > registrationsMax) return undefined;
  const registrations = all(elements, readRegistration);
  return registrations === undefined ? undefined : { version, state, registrations };
}

function parse(xml: string): unknown {
  if (xml.includes('<!DOCTYPE')) return undefined; // entities of one's own have no place here
  try {
    return parser.parse(xml);
  } catch {
    return undefined;
  }
}

const registrationStates: ReadonlySet<string> = new Set<RegistrationState>(['init', 'active', 'terminated']);

function readRegistration(element: Element): RegistrationElement | undefined {
  const aor = attributeOf(element, 'aor');
  const id = attributeOf(element, 'id');
  const state = attributeOf(element, 'state');
  if (aor === undefined || id === undefined || state === undefined || !registrationStates.has(state)) return undefined;
  const elements = childrenOf(element, 'contact');
  const contacts = elements.length > contactsMax ? undefined : all(elements, readContact);
  if (contacts === undefined) return undefined;
  const wildcardedIdentity = textOf(element, 'wildcardedIdentity');
  return {
    aor: copied(aor),
    id: copied(id),
    state: state as RegistrationState,
    contacts,
    ...(wildcardedIdentity !== undefined && { wildcardedIdentity: copied(wildcardedIdentity) }),
  };
}

function readContact(element: Element): ContactElement | undefined {
  const id = attributeOf(element, 'id');
  const uri = textOf(element, 'uri');
  const event = attributeOf(element, 'event');
  const state = attributeOf(element, 'state');
  if (id === undefined || uri === undefined || event === undefined) return undefined;
  if (!Object.hasOwn(stateAfter, event) || (state !== 'active' && state !== 'terminated')) return undefined;
  const texts = { q: attributeOf(element, 'q'), callId: attributeOf(element, 'callid') };
  return {
    id: copied(id),
    uri: copied(uri),
    state,
    event: event as ContactEvent,
    ...present('durationRegistered', wholeNumber(element, 'duration-registered')),
    ...present('expires', wholeNumber(element, 'expires')),
    ...present('retryAfter', wholeNumber(element, 'retry-after')),
    ...present('cseq', wholeNumber(element, 'cseq')),
    ...present('q', texts.q === undefined ? undefined : copied(texts.q)),
    ...present('callId', texts.callId === undefined ? undefined : copied(texts.callId)),
    ...readDisplayName(element),
    unknownParams: unknownParamsOf(element),
    ...readGruus(element),
  };
}

function readDisplayName(element: Element): { readonly displayName?: string } {
  const text = textOf(element, 'display-name');
  return text === undefined ? {} : { displayName: copied(text) };
}

/** An element without text or attribute but the name is an object all the same: it has the name. */
function unknownParamsOf(element: Element): ContactElement['unknownParams'] {
  const parameters = childrenOf(element, 'unknown-param').flatMap((each) => {
    const name = attributeOf(each, 'name');
    return name === undefined ? [] : [[copied(name), copied(textsOf({ each }, 'each')[0] ?? '')] as const];
  });
  return parameters.length === 0 ? noParams : parameters;
}

const noParams: ContactElement['unknownParams'] = [];

function readGruus(element: Element): Pick<ContactElement, 'pubGruu' | 'tempGruu'> {
  const pubGruu = attributeOf(childOf(element, 'pub-gruu'), 'uri');
  const temporary = childOf(element, 'temp-gruu');
  const uri = attributeOf(temporary, 'uri');
  const firstCseq = temporary === undefined ? undefined : wholeNumber(temporary, 'first-cseq');
  return {
    ...(pubGruu !== undefined && { pubGruu: copied(pubGruu) }),
    ...(uri !== undefined && firstCseq !== undefined && { tempGruu: { uri: copied(uri), firstCseq } }),
  };
}

/** All of them read, or nothing. */
function all<T>(elements: readonly Element[], read: (element: Element) => T | undefined): readonly T[] | undefined {
  const results: T[] = [];
  for (const element of elements) {
    const result = read(element);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return results;
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

function attributeOf(element: Element | undefined, name: string): string | undefined {
  const value = element?.[`${attributePrefix}${name}`];
  return typeof value === 'string' ? value : undefined;
}

/** xs:unsignedLong as far as numbers are exact. */
function wholeNumber(element: Element, name: string): number | undefined {
  const text = attributeOf(element, name)?.trim();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What is kept must not pin the document in memory. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}
