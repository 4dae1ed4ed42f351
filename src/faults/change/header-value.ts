/** The values of SIP headers, part by part: where a part stands in the text, and the text with another one in its place. */

import { grammarOf, nonceParts, type PathStep } from '../../selection/index.js';
import {
  digestParameter,
  formatUri,
  hostPort,
  parseAddress,
  parseVia,
  quote,
  type Uri,
  withParameter,
} from '../../sip/index.js';
import { skipQuoted } from '../../sip/message/parameters.js';

/** Offsets in a text: the first and the one after the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Base64 in which some octets are meant. */
export interface Base64Span extends Span {
  readonly octets: readonly [number, number];
}

type Steps = readonly PathStep[];

/** A name and perhaps a value of a semicolon list. */
interface Segment extends Span {
  /** Lower case. */
  readonly name: string;
  /** Without the quotes; undefined: it has none. */
  readonly value: Span | undefined;
  readonly isQuoted: boolean;
}

/** What stands between the semicolons outside quotes and `<>`. The first is what comes before the parameters. */
function segmentsOf(text: string): readonly Segment[] {
  const octets = Buffer.from(text, 'latin1');
  const segments: Segment[] = [];
  let start = 0;
  let inAngles = false;
  for (let pos = 0; pos <= octets.length; pos++) {
    const code = octets[pos];
    if (code === 0x22 && !inAngles) pos = Math.max(pos, skipQuoted(octets, pos, octets.length) - 1);
    else if (code === 0x3c) inAngles = true;
    else if (code === 0x3e) inAngles = false;
    else if (code === undefined || (code === 0x3b && !inAngles)) {
      segments.push(segment(text, start, pos));
      start = pos + 1;
    }
  }
  return segments;
}

function segment(text: string, start: number, end: number): Segment {
  const whole = text.slice(start, end);
  const equals = whole.indexOf('=');
  if (equals < 0) return { start, end, name: whole.trim().toLowerCase(), value: undefined, isQuoted: false };
  const name = whole.slice(0, equals).trim().toLowerCase();
  const raw = whole.slice(equals + 1);
  const lead = raw.length - raw.trimStart().length;
  const trimmed = raw.trim();
  const isQuoted = trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"');
  const from = start + equals + 1 + lead + (isQuoted ? 1 : 0);
  return { start, end, name, value: { start: from, end: from + trimmed.length - (isQuoted ? 2 : 0) }, isQuoted };
}

/** The parameters of a value: of some headers the first of them stands first. */
function parametersOf(text: string): readonly Segment[] {
  const [head, ...rest] = segmentsOf(text);
  return head!.value !== undefined && /^[\w.-]+$/.test(head!.name) ? [head!, ...rest] : rest;
}

/** The name of a parameter may have dots (`+g.3gpp.icsi-ref`). */
function parameterName(steps: Steps): string {
  return steps.map(({ name }) => name.toLowerCase()).join('.');
}

const TOKEN_OR_HOST = /^[\w\-.!%*+`'~:[\]]+$/;

function withSegment(text: string, name: string, value: string | null): string | undefined {
  const found = parametersOf(text).find((each) => each.name === name);
  if (found === undefined) return value === null ? undefined : `${text};${parameterText(name, value, false)}`;
  if (value === null) {
    // A first parameter goes with the semicolon after it, others with the one before.
    return found.start === 0
      ? text.slice(found.end + 1).trimStart()
      : text.slice(0, found.start - 1) + text.slice(found.end);
  }
  const written = text.slice(found.start, found.end);
  const spelling = written.slice(0, written.indexOf('=') < 0 ? written.length : written.indexOf('=')).trim();
  return text.slice(0, found.start) + parameterText(spelling, value, found.isQuoted) + text.slice(found.end);
}

function parameterText(name: string, value: string, isQuoted: boolean): string {
  if (value === '') return name;
  return `${name}=${isQuoted || !TOKEN_OR_HOST.test(value) ? quote(value) : value}`;
}

/** The value with that part another one, or without it (`null`). Undefined: it has no such part. */
export function withPart(header: string, text: string, steps: Steps, value: string | null): string | undefined {
  switch (grammarOf(header)) {
    case 'address':
      return withAddressPart(text, steps, value);
    case 'digest':
      return withDigestPart(text, steps, value);
    case 'via':
      return withViaPart(text, steps, value);
    case 'cseq':
      return withSequencePart(text, steps, value);
    case 'parameters':
      return withParameterPart(text, steps, value);
  }
}

function withAddressPart(text: string, steps: Steps, value: string | null): string | undefined {
  const [step, ...rest] = steps;
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if (step!.name === 'uri') {
    const uri = rest.length === 0 ? (value ?? undefined) : withUriPart(address.uri, rest, value);
    const start = uriStart(text, address.uri.text);
    return uri === undefined ? undefined : text.slice(0, start) + uri + text.slice(start + address.uri.text.length);
  }
  if (step!.name !== 'display') return withSegment(text, parameterName(steps), value);
  const bracket = text.indexOf(`<${address.uri.text}>`);
  const bare = bracket < 0 ? `<${address.uri.text}>${text.slice(address.uri.text.length)}` : text.slice(bracket);
  return value === null ? bare : `${quote(value)} ${bare}`;
}

/** A display name may hold the same text: the URI stands in angle brackets then. */
function uriStart(text: string, uri: string): number {
  const bracket = text.lastIndexOf(`<${uri}>`);
  return bracket < 0 ? text.indexOf(uri) : bracket + 1;
}

/** The URI with a part or a parameter another one. */
export function withUriPart(uri: Uri, [step, ...rest]: Steps, value: string | null): string | undefined {
  const name = step!.name;
  if (rest.length > 0 || uri.opaque !== undefined) return undefined;
  // RFC 3966: a number has no host.
  if (uri.scheme === 'tel' && ['host', 'port', 'password'].includes(name)) return undefined;
  if (name === 'scheme' || name === 'host') return value === null ? undefined : formatUri({ ...uri, [name]: value });
  if (name === 'user' || name === 'password') return formatUri({ ...uri, [name]: value ?? undefined });
  if (name === 'port') return formatUri({ ...uri, port: value === null ? undefined : Number(value) });
  const parameters = new Map(uri.parameters);
  if (value === null && !parameters.delete(name.toLowerCase())) return undefined;
  if (value !== null) parameters.set(name.toLowerCase(), value === '' ? true : value);
  return formatUri({ ...uri, parameters });
}

function withDigestPart(text: string, [step, part, ...rest]: Steps, value: string | null): string | undefined {
  const name = step!.name.toLowerCase();
  if (name === 'scheme') return value === null ? undefined : text.replace(/^\S+/, value);
  if (part === undefined) {
    const changed = withParameter(text, name, value ?? undefined);
    return value === null && changed === text ? undefined : changed;
  }
  const span = Object.hasOwn(nonceParts, part.name) && rest.length === 0 ? nonceParts[part.name] : undefined;
  const nonce = name === 'nonce' ? digestParameter(text, name) : undefined;
  if (span === undefined || nonce === undefined || value === null) return undefined;
  const octets = Buffer.from(nonce, 'base64');
  if (octets.length < span[1]) return undefined;
  Buffer.from(value, 'hex').copy(octets, ...([span[0], 0, span[1] - span[0]] as const));
  return withParameter(text, name, octets.toString('base64'));
}

function withViaPart(text: string, steps: Steps, value: string | null): string | undefined {
  const via = parseVia(text);
  const name = steps[0]!.name;
  if (via === undefined || !['transport', 'host', 'port'].includes(name))
    return withSegment(text, parameterName(steps), value);
  if (steps.length > 1 || (value === null && name !== 'port')) return undefined;
  const { transport, host, port }: Partial<Record<string, string | number>> = {
    transport: via.transport,
    host: via.host,
    port: via.port,
    [name]: value ?? undefined,
  };
  const parameters = segmentsOf(text)[0]!.end;
  return `SIP/2.0/${transport} ${hostPort(String(host), port === undefined ? undefined : Number(port))}${text.slice(parameters)}`;
}

function withSequencePart(text: string, [step, ...rest]: Steps, value: string | null): string | undefined {
  const [sequence = '', method = ''] = text.split(/\s+/, 2);
  if (rest.length > 0 || value === null) return undefined;
  if (step!.name === 'sequence') return `${value} ${method}`;
  return step!.name === 'method' ? `${sequence} ${value}` : undefined;
}

function withParameterPart(text: string, steps: Steps, value: string | null): string | undefined {
  if (steps[0]!.name !== 'value') return withSegment(text, parameterName(steps), value);
  if (steps.length > 1 || value === null) return undefined;
  return value + text.slice(segmentsOf(text)[0]!.end);
}

/** Where a part stands in the value. Undefined: it has no such part, or one that stands there in another form. */
export function partSpan(header: string, text: string, steps: Steps): Span | Base64Span | undefined {
  const [step, ...rest] = steps;
  switch (grammarOf(header)) {
    case 'address':
      return addressSpan(text, steps);
    case 'digest':
      return digestSpan(text, step!.name.toLowerCase(), rest);
    case 'via':
      return viaSpan(text, steps);
    case 'cseq':
      return wordSpan(text, ['sequence', 'method'].indexOf(step!.name));
    case 'parameters':
      return step!.name === 'value'
        ? trimmedSpan(text, segmentsOf(text)[0]!)
        : parameterSpan(text, parameterName(steps));
  }
}

function parameterSpan(text: string, name: string): Span | undefined {
  return parametersOf(text).find((each) => each.name === name)?.value;
}

function trimmedSpan(text: string, { start, end }: Span): Span {
  const whole = text.slice(start, end);
  const from = start + whole.length - whole.trimStart().length;
  return { start: from, end: from + whole.trim().length };
}

function addressSpan(text: string, steps: Steps): Span | undefined {
  const [step, ...rest] = steps;
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if (step!.name === 'uri') {
    const start = uriStart(text, address.uri.text);
    const inner = rest.length === 0 ? { start: 0, end: address.uri.text.length } : uriPartSpan(address.uri, rest);
    return inner && { start: start + inner.start, end: start + inner.end };
  }
  if (step!.name !== 'display') return parameterSpan(text, parameterName(steps));
  const name = text.slice(0, Math.max(0, uriStart(text, address.uri.text) - 1)).trimEnd();
  const lead = text.length - text.trimStart().length;
  if (name.length <= lead) return undefined;
  return name[lead] === '"' ? { start: lead + 1, end: name.length - 1 } : { start: lead, end: name.length };
}

/** Where a part stands in the text of a URI. */
export function uriPartSpan(
  { text, scheme, user, password, host, port }: Uri,
  [step, ...rest]: Steps,
): Span | undefined {
  if (rest.length > 0) return undefined;
  const afterScheme = scheme.length + 1;
  const at = text.indexOf('@');
  const afterUser = at < 0 ? afterScheme : at + 1;
  const from = (start: number, length: number | undefined): Span | undefined =>
    length === undefined || start < 0 ? undefined : { start, end: start + length };
  switch (step!.name) {
    case 'scheme':
      return { start: 0, end: scheme.length };
    case 'user':
      return user === undefined ? undefined : from(text.indexOf(user, afterScheme), user.length);
    case 'password':
      return password === undefined ? undefined : from(text.indexOf(password, afterScheme), password.length);
    case 'host':
      return host === '' ? undefined : from(text.toLowerCase().indexOf(host, afterUser), host.length);
    case 'port':
      return port === undefined ? undefined : from(text.indexOf(`:${port}`, afterUser) + 1, String(port).length);
    default: {
      const semicolon = text.indexOf(';', afterUser);
      const span = semicolon < 0 ? undefined : parameterSpan(text.slice(semicolon), step!.name.toLowerCase());
      return span && { start: span.start + semicolon, end: span.end + semicolon };
    }
  }
}

function digestSpan(text: string, name: string, [part, ...rest]: Steps): Span | Base64Span | undefined {
  const value = digestParameter(text, name);
  if (value === undefined || rest.length > 0) return undefined;
  const names = text.toLowerCase();
  let at = names.indexOf(name);
  while (at >= 0 && !(/[\s,]/.test(names[at - 1] ?? ',') && /^\s*=/.test(names.slice(at + name.length)))) {
    at = names.indexOf(name, at + 1);
  }
  const start = at < 0 ? -1 : text.indexOf(value, at + name.length);
  if (start < 0) return undefined;
  const span = { start, end: start + value.length };
  if (part === undefined) return span;
  const octets = name === 'nonce' && Object.hasOwn(nonceParts, part.name) ? nonceParts[part.name] : undefined;
  if (octets === undefined || Buffer.from(value, 'base64').length < octets[1]) return undefined;
  return { ...span, octets };
}

function viaSpan(text: string, steps: Steps): Span | undefined {
  const via = parseVia(text);
  const name = steps[0]!.name;
  const value = name === 'transport' ? via?.transport : name === 'host' ? via?.host : undefined;
  if (value !== undefined) {
    const start = text.toUpperCase().indexOf(value.toUpperCase());
    return start < 0 ? undefined : { start, end: start + value.length };
  }
  if (name !== 'port') return parameterSpan(text, parameterName(steps));
  if (via?.port === undefined) return undefined;
  const start = text.indexOf(`:${via.port}`) + 1;
  return start === 0 ? undefined : { start, end: start + String(via.port).length };
}

function wordSpan(text: string, index: number): Span | undefined {
  const words = [...text.matchAll(/\S+/g)];
  const word = words[index];
  return word && { start: word.index, end: word.index + word[0].length };
}
