/** Session descriptions (RFC 4566, 8866) as typed data. Parsing and writing is the package sdp-transform's. */
import * as sdpTransform from 'sdp-transform';
import { formatPreconditionLine, type PreconditionLine, parsePreconditionLine } from './precondition-line.js';

export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One m= section: the package's fields, and the precondition lines taken out of what it does not know. */
export interface MediaDescription extends sdpTransform.MediaDescription {
  /** `a=curr:`, `a=des:` and `a=conf:` in the order of the description (RFC 3312 4). */
  preconditions: readonly PreconditionLine[];
}

export interface SessionDescription extends Omit<sdpTransform.SessionDescription, 'media'> {
  media: MediaDescription[];
}

/** Undefined: no SDP (v= other than 0, no o= line, or an m= line without type, port or protocol). */
export function parseSdp(text: string): SessionDescription | undefined {
  const parsed = sdpTransform.parse(text) as Partial<sdpTransform.SessionDescription>;
  if (parsed.version !== 0 || parsed.origin === undefined || parsed.media === undefined) return undefined;
  const media: MediaDescription[] = [];
  for (const section of parsed.media) {
    if (!section.type || typeof section.port !== 'number' || !section.protocol) return undefined;
    media.push(withPreconditions(section));
  }
  return { ...(parsed as sdpTransform.SessionDescription), media };
}

/** Lines end in CRLF. The order of attributes may differ from what was parsed, that of equal ones does not. */
export function formatSdp(description: SessionDescription): string {
  const media = description.media.map(({ preconditions, ...section }) => ({
    ...section,
    invalid: [...(section.invalid ?? []), ...preconditions.map((line) => ({ value: formatPreconditionLine(line) }))],
  }));
  return sdpTransform.write({ ...description, media });
}

/** The payload type numbers of an m= line, in order of preference. */
export function payloadTypes(media: MediaDescription): readonly number[] {
  return String(media.payloads ?? '') // a single number comes as one
    .split(' ')
    .filter((each) => each !== '')
    .map(Number)
    .filter((each) => Number.isInteger(each));
}

/** The format parameters of a payload type, names in lower case; one without value maps to ''. */
export function formatParameters(media: MediaDescription, payloadType: number): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const config = media.fmtp.find((each) => each.payload === payloadType)?.config;
  for (const each of String(config ?? '').split(';')) {
    const [name = '', value = ''] = each.split('=', 2);
    if (name.trim() !== '') parameters.set(name.trim().toLowerCase(), value.trim());
  }
  return parameters;
}

/** `sendrecv` where nothing is said (RFC 4566 6). A session-level attribute holds for all media. */
export function directionOf(description: SessionDescription, media: MediaDescription): MediaDirection {
  return media.direction ?? description.direction ?? 'sendrecv';
}

/** The direction as the other side sees it (RFC 3264 6.1; CALL-50). */
export const mirroredDirection: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** `previous` as a new description replaces it: sess-version + 1 if anything else differs, else unchanged (RFC 3264 8). */
export function succeeding(previous: SessionDescription, next: SessionDescription): SessionDescription {
  const { sessionId, sessionVersion, username } = previous.origin;
  const sameVersion = { ...next, origin: { ...next.origin, username, sessionId, sessionVersion } };
  if (formatSdp(sameVersion) === formatSdp(previous)) return sameVersion;
  return { ...sameVersion, origin: { ...sameVersion.origin, sessionVersion: sessionVersion + 1 } };
}

function withPreconditions(section: sdpTransform.MediaDescription): MediaDescription {
  if (section.invalid === undefined) return { ...section, preconditions: [] };
  const preconditions: PreconditionLine[] = [];
  const invalid: { value: string }[] = [];
  for (const attribute of section.invalid) {
    const line = parsePreconditionLine(String(attribute.value));
    if (line === undefined) invalid.push(attribute);
    else preconditions.push(line);
  }
  return { ...section, invalid, preconditions };
}
