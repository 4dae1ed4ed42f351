/** Documents of the registration event package, written. RFC 3680 5.4, RFC 5628 5, TS 24.229 7.10.2. */
import { type ContactElement, type RegInfo, type RegistrationElement, regInfoNamespace } from './reg-info.js';

const gruuNamespace = 'urn:ietf:params:xml:ns:gruuinfo';
const wildcardNamespace = 'urn:3gpp:ns:extRegExp:1.0';

/** The document as text; it goes into a message as UTF-8. A namespace is declared where something of it stands. */
export function formatRegInfo({ version, state, registrations }: RegInfo): string {
  let elements = '';
  for (const registration of registrations) elements += formatRegistration(registration);
  let namespaces = ` xmlns="${regInfoNamespace}"`;
  if (elements.includes('<gr:')) namespaces += ` xmlns:gr="${gruuNamespace}"`;
  if (elements.includes('<ere:')) namespaces += ` xmlns:ere="${wildcardNamespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<reginfo${namespaces} version="${version}" state="${state}">\n${elements}</reginfo>\n`;
}

function formatRegistration({ aor, id, state, contacts, wildcardedIdentity }: RegistrationElement): string {
  let children = '';
  for (const contact of contacts) children += formatContact(contact);
  if (wildcardedIdentity !== undefined) {
    children += `  <ere:wildcardedIdentity>${escaped(wildcardedIdentity)}</ere:wildcardedIdentity>\n`;
  }
  return ` <registration${attribute('aor', aor)}${attribute('id', id)} state="${state}">\n${children} </registration>\n`;
}

/** The children in the order of the schema: extensions come last (RFC 3680 5.4). */
function formatContact(contact: ContactElement): string {
  const { uri, displayName, unknownParams, pubGruu, tempGruu } = contact;
  let children = `   <uri>${escaped(uri)}</uri>\n`;
  if (displayName !== undefined) children += `   <display-name>${escaped(displayName)}</display-name>\n`;
  for (const [name, value] of unknownParams) {
    children += `   <unknown-param${attribute('name', name)}>${escaped(value)}</unknown-param>\n`;
  }
  if (pubGruu !== undefined) children += `   <gr:pub-gruu${attribute('uri', pubGruu)}/>\n`;
  if (tempGruu !== undefined) {
    children += `   <gr:temp-gruu${attribute('uri', tempGruu.uri)} first-cseq="${tempGruu.firstCseq}"/>\n`;
  }
  const { id, state, event, durationRegistered, expires, retryAfter, q, callId, cseq } = contact;
  const attributes =
    `${attribute('id', id)} state="${state}" event="${event}"` +
    `${attribute('duration-registered', durationRegistered)}${attribute('expires', expires)}` +
    `${attribute('retry-after', retryAfter)}${attribute('q', q)}${attribute('callid', callId)}${attribute('cseq', cseq)}`;
  return `  <contact${attributes}>\n${children}  </contact>\n`;
}

function attribute(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  return ` ${name}="${typeof value === 'number' ? value : escaped(value)}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const special = /[&<>"\u0000-\u001f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const everySpecial = /[&<>"\u0000-\u001f\ufffe\uffff]/g;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** For text and attributes. What XML cannot hold at all becomes U+FFFD (XML 1.0 2.2). */
function escaped(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(everySpecial, (character) => references[character] ?? '\ufffd');
}
