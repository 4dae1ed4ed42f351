/** URIs as values: sip, sips, tel, urn, and any other scheme as an opaque text (RFC 3261 19.1, RFC 3966). */
import { lowerCase, PASSWORD, skip, skipEscaped, URI_HEADER, URI_PARAMETER, USER } from './characters.js';
import { hostOf, hostPort } from './ipv6.js';
import { scanUri, uriSpans } from './uri-scan.js';

export type Parameters = ReadonlyMap<string, string | true>;

export interface Uri {
  /** Lower case. */
  readonly scheme: string;
  /** sip and sips: the user part, unescaped once. tel: the number as written. Else absent. */
  readonly user?: string;
  /** As written. */
  readonly password?: string;
  /** Lower case; IPv6 without brackets in its shortest form. Empty for schemes other than sip and sips. */
  readonly host: string;
  readonly port?: number;
  /** Names lower case, names and values unescaped once; `true` for a parameter without value. */
  readonly parameters: Parameters;
  /** Names lower case, names and values unescaped once. */
  readonly headers: ReadonlyMap<string, string>;
  /** What follows the colon, for schemes other than sip, sips and tel (`service:sos` of `urn:service:sos`). */
  readonly opaque?: string;
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

export const noParameters: Parameters = new Map<string, string | true>();
const noHeaders: ReadonlyMap<string, string> = new Map<string, string>();

/** The URI that the text is, or undefined when it is none. */
export function parseUri(text: string): Uri | undefined {
  return scanUri(text, 0, text.length) === -1 ? readUri(text) : undefined;
}

/** Builds the value from the spans of the scan that has just succeeded on the same whole text. */
function readUri(text: string): Uri {
  const spans = uriSpans;
  const scheme = lowerCase(text.slice(0, spans.schemeEnd));
  if (spans.form === 'other') {
    return {
      scheme,
      host: '',
      parameters: noParameters,
      headers: noHeaders,
      opaque: text.slice(spans.schemeEnd + 1),
      text,
    };
  }
  const { parametersStart, parametersEnd } = spans;
  if (spans.form === 'tel') {
    const user = text.slice(spans.userStart, spans.userEnd);
    return {
      scheme,
      user,
      host: '',
      parameters: readParameters(text, parametersStart, parametersEnd),
      headers: noHeaders,
      text,
    };
  }
  const uri: { -readonly [K in keyof Uri]: Uri[K] } = {
    scheme,
    host: hostOf(text, spans.hostStart, spans.hostEnd),
    parameters: readParameters(text, parametersStart, parametersEnd),
    headers: spans.headersStart === -1 ? noHeaders : readHeaders(text, spans.headersStart),
    text,
  };
  if (spans.userStart !== -1) uri.user = unescapeOnce(text.slice(spans.userStart, spans.userEnd));
  if (spans.passwordStart !== -1)
    uri.password = text.slice(spans.passwordStart, text.indexOf('@', spans.passwordStart));
  if (spans.port !== 0) uri.port = spans.port;
  return uri;
}

/** `;name=value` pairs of a scanned span. The first of two equal names counts. */
function readParameters(text: string, start: number, end: number): Parameters {
  if (start === end) return noParameters;
  const parameters = new Map<string, string | true>();
  for (const pair of text.slice(start + 1, end).split(';')) {
    const equals = pair.indexOf('=');
    const name = lowerCase(unescapeOnce(equals === -1 ? pair : pair.slice(0, equals)));
    if (!parameters.has(name)) parameters.set(name, equals === -1 ? true : unescapeOnce(pair.slice(equals + 1)));
  }
  return parameters;
}

function readHeaders(text: string, start: number): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const pair of text.slice(start).split('&')) {
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
  for (let pos = 0; pos < text.length; ) {
    const stop = skip(bit, text, pos, text.length);
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
  const isWritten = skipEscaped(PASSWORD, password, 0, password.length) === password.length;
  return isWritten ? password : escapeFor(PASSWORD, password);
}
