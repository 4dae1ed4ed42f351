/** Fields of a SIP message by their paths. Reads what stands there, also in messages that the parser refuses; never throws. */

import {
  decodeUtf8,
  parseAddress,
  parseChallenge,
  parseParameters,
  parseVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type Uri,
} from '../sip/index.js';
import { octetsOf } from '../sip/message/characters.js';
import { headerId } from '../sip/message/header-names.js';
import { readParameters } from '../sip/message/parameters.js';
import type { FieldPath, PathStep } from './field-path.js';
import { readRegInfo } from './reg-info-field.js';
import { readSdp } from './sdp-field.js';

type Found = string | true | undefined;
type Steps = readonly PathStep[];

const ids = (...names: readonly string[]): ReadonlySet<number> => new Set(names.map(headerId));

/** Headers of the name-addr grammar (RFC 3261 20.10 and the extensions that borrow it). */
const addressHeaders = ids(
  ...['From', 'To', 'Contact', 'Route', 'Record-Route', 'Path', 'Service-Route', 'Refer-To', 'Referred-By', 'Reply-To'],
  ...['P-Asserted-Identity', 'P-Preferred-Identity', 'P-Associated-URI', 'P-Called-Party-ID', 'P-Served-User'],
  ...['P-Profile-Key', 'P-User-Database', 'Diversion', 'History-Info', 'Alert-Info', 'Call-Info', 'Error-Info'],
);
/** Headers of the `Digest name=value` grammar (RFC 3261 25.1). */
const digestHeaders = ids(
  ...['WWW-Authenticate', 'Proxy-Authenticate', 'Authorization', 'Proxy-Authorization', 'Authentication-Info'],
);
const [viaHeader, cseqHeader] = [headerId('Via'), headerId('CSeq')];

/** All values of the field, as text; parameters and URIs unquoted and unescaped. Empty: not there. */
export function readSip(message: SipRequest | SipResponse, { steps }: FieldPath): readonly string[] {
  const [first, ...rest] = steps as [PathStep, ...PathStep[]];
  switch (first.name) {
    case 'Request-URI':
      return message.kind === 'request' ? one(rest.length === 0 ? message.requestUri : uriPart(message.uri, rest)) : [];
    case 'method':
      return one(rest.length === 0 ? message.method : undefined);
    case 'status':
      return one(message.kind === 'response' && rest.length === 0 ? String(message.status) : undefined);
    case 'reason':
      return one(message.kind === 'response' && rest.length === 0 ? message.reason : undefined);
    case 'body':
      return one(message.body === '' || rest.length > 0 ? undefined : message.body);
    case 'sdp':
      return readSdp(message, rest);
    case 'reginfo':
      return readRegInfo(message, rest);
    default:
      return readHeader(message, first, rest);
  }
}

function one(value: Found): readonly string[] {
  return value === undefined ? [] : [shown(value)];
}

/** A parameter without a value is there: `true`. Octets beyond ASCII are UTF-8 (RFC 3261 7.3.1). */
function shown(value: string | true): string {
  if (value === true) return 'true';
  return /[\x80-\xff]/.test(value) ? decodeUtf8(value) : value;
}

function readHeader(message: SipMessage, { name, index }: PathStep, rest: Steps): readonly string[] {
  const all = message.values(name);
  const values = index === undefined ? all : all.slice(index - 1, index);
  if (rest.length === 0) return values.map(shown);
  const part = partReaders[grammarOf(name)];
  const found: string[] = [];
  for (const value of values) {
    const inner = part(value, rest);
    if (inner !== undefined) found.push(shown(inner));
  }
  return found;
}

/** How the values of a header are written, and so which parts they have. */
type HeaderGrammar = 'address' | 'digest' | 'via' | 'cseq' | 'parameters';

export function grammarOf(header: string): HeaderGrammar {
  const id = headerId(header);
  if (addressHeaders.has(id)) return 'address';
  if (digestHeaders.has(id)) return 'digest';
  if (id === viaHeader) return 'via';
  return id === cseqHeader ? 'cseq' : 'parameters';
}

/** `uri`, `uri.host`, `display`, or a parameter, which may have dots in its name (`+g.3gpp.icsi-ref`). */
function addressPart(value: string, steps: Steps): Found {
  const address = parseAddress(value);
  if (address === undefined) return undefined;
  const [step, ...rest] = steps;
  if (step!.name === 'uri') return rest.length === 0 ? address.uri.text : uriPart(address.uri, rest);
  if (step!.name === 'display') return rest.length === 0 ? address.displayName : undefined;
  return address.parameters.get(steps.map(({ name }) => name.toLowerCase()).join('.'));
}

/** A part of the URI, or one of its parameters. */
function uriPart(uri: Uri, [step, ...rest]: Steps): Found {
  if (rest.length > 0) return undefined;
  switch (step!.name) {
    case 'scheme':
      return uri.scheme;
    case 'user':
      return uri.user;
    case 'password':
      return uri.password;
    case 'host':
      return uri.host === '' ? undefined : uri.host;
    case 'port':
      return uri.port === undefined ? undefined : String(uri.port);
    default:
      return uri.parameters.get(step!.name.toLowerCase());
  }
}

/** A parameter; of `nonce` also `rand` and `autn` in hexadecimal (RFC 3310 3.2: nonce = base64(RAND AUTN …)). */
function digestPart(value: string, [step, ...rest]: Steps): Found {
  const name = step!.name.toLowerCase();
  if (name === 'scheme') return value.includes(' ') ? value.slice(0, value.indexOf(' ')) : undefined;
  const parameters = parseChallenge(value)?.parameters ?? parseParameters(value);
  const found = parameters?.get(name);
  if (found === undefined || rest.length === 0) return found;
  const part = rest[0]!.name;
  if (rest.length > 1 || name !== 'nonce' || !Object.hasOwn(nonceParts, part)) return undefined;
  const octets = Buffer.from(found, 'base64');
  return octets.length < 32 ? undefined : octets.toString('hex', ...nonceParts[part]!);
}

/** Where they stand in the octets of the nonce: first and after the last. */
export const nonceParts: Readonly<Record<string, readonly [number, number]>> = { rand: [0, 16], autn: [16, 32] };

/** `transport`, `host`, `port`, or a parameter. */
function viaPart(value: string, [step, ...rest]: Steps): Found {
  const via = parseVia(value);
  if (via === undefined || rest.length > 0) return undefined;
  switch (step!.name) {
    case 'transport':
      return via.transport;
    case 'host':
      return via.host;
    case 'port':
      return via.port === undefined ? undefined : String(via.port);
    default:
      return via.parameters.get(step!.name.toLowerCase());
  }
}

function cseqPart(value: string, [step, ...rest]: Steps): Found {
  const [sequence, method] = value.split(/\s+/, 2);
  if (rest.length > 0) return undefined;
  return step!.name === 'method' ? method : step!.name === 'sequence' ? sequence : undefined;
}

/**
 * `value` (before the first semicolon), or a parameter, which may have dots in its name: `Session-Expires.refresher`,
 * `P-Charging-Vector.icid-value`, `Feature-Caps.+g.3gpp.atcf`.
 */
function parameterPart(value: string, steps: Steps): Found {
  const semicolon = value.indexOf(';');
  const head = semicolon < 0 ? value : value.slice(0, semicolon);
  const name = steps.map((step) => step.name.toLowerCase()).join('.');
  if (name === 'value') return head.trim();
  // Of some headers the first value is a parameter already.
  const text = /^[\w.-]+\s*=/.test(head) ? `;${value}` : value.slice(head.length);
  return text === '' ? undefined : readParameters(text, octetsOf(text), 0).get(name);
}

const partReaders: Readonly<Record<HeaderGrammar, (value: string, steps: Steps) => Found>> = {
  address: addressPart,
  digest: digestPart,
  via: viaPart,
  cseq: cseqPart,
  parameters: parameterPart,
};
