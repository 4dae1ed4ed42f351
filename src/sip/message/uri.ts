/** URIs as values: sip, sips, tel, urn, and any other scheme as an opaque text (RFC 3261 19.1, RFC 3966). */
import { lowerCase, octetsOf, PASSWORD, skip, skipEscaped, URI_HEADER, URI_PARAMETER, USER } from './characters.js';
import { hostOf, hostPort } from './ipv6.js';
import { noParameters, type Parameters } from './parameters.js';
import { scanUri, uriSpans } from './uri-scan.js';

export interface Uri {
  /** Lower case. */
  readonly scheme: string;
  /** sip and sips: the user part, unescaped once. tel: the number as written. Else absent. */
  readonly user?: string | undefined;
  /** As written. */
  readonly password?: string | undefined;
  /** Lower case; IPv6 without brackets in its shortest form. Empty for schemes other than sip and sips. */
  readonly host: string;
  readonly port?: number | undefined;
  /** Names lower case, names and values unescaped once; `true` for a parameter without value. */
  readonly parameters: Parameters;
  /** Names lower case, names and values unescaped once. */
  readonly headers: ReadonlyMap<string, string>;
  /** What follows the colon, for schemes other than sip, sips and tel (`service:sos` of `urn:service:sos`). */
  readonly opaque?: string | undefined;
  /** The whole URI as received. */
  readonly text: string;
}

/** What `formatUri` reads: a `Uri`, or one written by hand. `text` is not looked at. */
export interface UriParts {
  readonly scheme: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly host?: string;
  readonly port?: number | undefined;
  readonly parameters?: Parameters;
  readonly headers?: ReadonlyMap<string, string>;
  readonly opaque?: string | undefined;
}

const noHeaders: ReadonlyMap<string, string> = new Map<string, string>();

/** The URI that the text is, or undefined when it is none. */
export function parseUri(text: string): Uri | undefined {
  return scanUri(octetsOf(text), 0, text.length) === text.length ? readUri(text, 0, text.length) : undefined;
}

/** The URI of a span of the text, from the spans of the scan of its octets that has just succeeded. */
export function readUri(whole: string, start: number, end: number): Uri {
  const spans = uriSpans;
  const text = whole.slice(start, end);
  const scheme = schemeOf(whole.slice(start, spans.schemeEnd));
  if (spans.form === 'other') {
    const opaque = whole.slice(spans.schemeEnd + 1, end);
    return { scheme, ...noParts, parameters: noParameters, opaque, text };
  }
  const parameters = readUriParameters(whole, spans.parametersStart, spans.parametersEnd);
  const { userStart, userEnd } = spans;
  if (spans.form === 'tel') {
    return { scheme, ...noParts, user: whole.slice(userStart, userEnd), parameters, text };
  }
  const { passwordStart, hostStart, hostEnd, headersStart, port } = spans;
  // All of one shape, present or not: what reads them stays fast.
  return {
    scheme,
    user: userStart === -1 ? undefined : unescapeOnce(whole.slice(userStart, userEnd)),
    password: passwordStart === -1 ? undefined : whole.slice(passwordStart, whole.indexOf('@', passwordStart)),
    host: hostOf(whole, hostStart, hostEnd),
    port: port === 0 ? undefined : port,
    parameters,
    headers: headersStart === -1 ? noHeaders : readHeaders(whole.slice(headersStart, end)),
    opaque: undefined,
    text,
  };
}

/** What URIs other than sip and sips lack. */
const noParts = {
  user: undefined,
  password: undefined,
  host: '',
  port: undefined,
  parameters: noParameters,
  headers: noHeaders,
  opaque: undefined,
} as const;

function schemeOf(text: string): string {
  return text === 'sip' || text === 'tel' ? text : lowerCase(text);
}

const onlyLr: Parameters = new Map<string, string | true>([['lr', true]]);

/** `;name=value` pairs of a scanned span. The first of two equal names counts. */
function readUriParameters(text: string, start: number, end: number): Parameters {
  if (start === end) return noParameters;
  const whole = text.slice(start + 1, end);
  if (whole === 'lr') return onlyLr; // Route, Record-Route, Path: most URIs that have parameters at all
  const parameters = new Map<string, string | true>();
  for (const pair of whole.split(';')) {
    const equals = pair.indexOf('=');
    const name = lowerCase(unescapeOnce(equals === -1 ? pair : pair.slice(0, equals)));
    if (!parameters.has(name)) parameters.set(name, equals === -1 ? true : unescapeOnce(pair.slice(equals + 1)));
  }
  return parameters;
}

function readHeaders(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = lowerCase(unescapeOnce(pair.slice(0, equals)));
    if (!headers.has(name)) headers.set(name, unescapeOnce(pair.slice(equals + 1)));
  }
  return headers;
}

/** Every `%HH` as its octet, once. */
export function unescapeOnce(text: string): string {
  let at = text.indexOf('%');
  if (at === -1) return text;
  let plain = '';
  let from = 0;
  for (; at !== -1 && at + 2 < text.length; at = text.indexOf('%', from)) {
    plain += text.slice(from, at) + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16));
    from = at + 3;
  }
  return plain + text.slice(from);
}

/** The text with every octet that may not stand unescaped as `%HH`. */
function escapeFor(bit: number, text: string): string {
  let escaped = '';
  const octets = octetsOf(text);
  for (let pos = 0; pos < text.length; ) {
    const stop = skip(bit, octets, pos, text.length);
    escaped += text.slice(pos, stop);
    if (stop === text.length) break;
    escaped += `%${(text.charCodeAt(stop) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`;
    pos = stop + 1;
  }
  return escaped;
}

/** The URI in text: user, parameters and headers escaped as needed, IPv6 in brackets. */
export function formatUri(uri: UriParts): string {
  if (uri.opaque !== undefined) return `${uri.scheme}:${uri.opaque}`;
  let text = `${uri.scheme}:`;
  if (uri.scheme === 'tel') {
    text += uri.user ?? '';
  } else {
    if (uri.user !== undefined) text += escapeFor(USER, uri.user);
    if (uri.password !== undefined) text += `:${asPassword(uri.password)}`;
    if (uri.user !== undefined) text += '@';
    text += hostPort(uri.host ?? '', uri.port);
  }
  for (const [name, value] of uri.parameters ?? noParameters) {
    text += `;${escapeFor(URI_PARAMETER, name)}`;
    if (value !== true) text += `=${escapeFor(URI_PARAMETER, value)}`;
  }
  let separator = '?';
  for (const [name, value] of uri.headers ?? noHeaders) {
    text += `${separator}${escapeFor(URI_HEADER, name)}=${escapeFor(URI_HEADER, value)}`;
    separator = '&';
  }
  return text;
}

/** A password is kept as written; one that could not have been is escaped. */
function asPassword(password: string): string {
  const isWritten = skipEscaped(PASSWORD, octetsOf(password), 0, password.length) === password.length;
  return isWritten ? password : escapeFor(PASSWORD, password);
}
