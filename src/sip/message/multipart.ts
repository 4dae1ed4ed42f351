/** Bodies with parts (RFC 2046 5.1, RFC 5621; SIP-10). */
import { lowerCase, octetsOf } from './characters.js';
import { type HeaderIndex, indexHeaders, ScanFailure } from './header-index.js';
import { headerId } from './header-names.js';
import type { SipMessage } from './message.js';
import { noParameters, type Parameters, readParameters } from './parameters.js';

export interface BodyPart {
  /** Type and subtype, lower case, without parameters; `text/plain` when a part says nothing (RFC 2046 5.1). */
  readonly type: string;
  /** The receiver may leave it alone when it does not understand it: Content-Disposition handling=optional (RFC 3261 20.11). */
  readonly isOptional: boolean;
  /** Latin1 octets. */
  readonly body: string;
}

/** The parts of the body: of a multipart the parts inside, nested ones flattened; else the body itself; none without body. */
export function bodyParts(message: SipMessage): readonly BodyPart[] {
  const { body, contentType } = message;
  if (body === '' || contentType === undefined) return [];
  return partsOf(contentType, message.header('Content-Disposition'), body, 0);
}

/** The first part of that type and subtype. */
export function bodyOfType(message: SipMessage, type: string): string | undefined {
  return bodyParts(message).find((part) => part.type === type)?.body;
}

/** Multiparts inside one another are followed this deep. */
const depthMax = 4;

function partsOf(contentType: string, disposition: string | undefined, body: string, depth: number): BodyPart[] {
  const { type, parameters } = readType(contentType);
  const boundary = parameters.get('boundary');
  if (type.startsWith('multipart/') && typeof boundary === 'string' && depth < depthMax) {
    return splitAt(boundary, body).flatMap((part) => readPart(part, depth));
  }
  const handling = disposition === undefined ? undefined : readType(disposition).parameters.get('handling');
  return [{ type, isOptional: typeof handling === 'string' && lowerCase(handling) === 'optional', body }];
}

function readType(value: string): { type: string; parameters: Parameters } {
  const semicolon = value.indexOf(';');
  if (semicolon === -1) return { type: lowerCase(value), parameters: noParameters };
  const parameters = readParameters(value, octetsOf(value), semicolon);
  return { type: lowerCase(value.slice(0, semicolon).trimEnd()), parameters };
}

/** The octets between the delimiter lines; what stands before the first and after the closing one is no part. */
function splitAt(boundary: string, body: string): string[] {
  const delimiter = `\r\n--${boundary}`;
  const text = `\r\n${body}`;
  const parts: string[] = [];
  for (let at = text.indexOf(delimiter); at !== -1; ) {
    const after = at + delimiter.length;
    if (text.startsWith('--', after)) break;
    const next = text.indexOf(delimiter, after);
    if (next === -1) break;
    const lineEnd = text.indexOf('\r\n', after);
    // The line end of the delimiter line may be the one that begins the next delimiter: then the part is empty.
    parts.push(lineEnd >= next ? '' : text.slice(lineEnd + 2, next));
    at = next;
  }
  return parts;
}

const partHeaderLinesMax = 64;

function readPart(part: string, depth: number): BodyPart[] {
  const text = part.startsWith('\r\n') ? part : `${part}\r\n\r\n`;
  const index = indexHeaders(text, Buffer.from(text, 'latin1'), 0, partHeaderLinesMax);
  if (index instanceof ScanFailure) return [];
  const type = headerOf(index, 'Content-Type') ?? 'text/plain';
  return partsOf(type, headerOf(index, 'Content-Disposition'), part.slice(index.end + 2), depth + 1);
}

function headerOf(index: HeaderIndex, name: string): string | undefined {
  const line = index.find(headerId(name), name, 0);
  return line === -1 ? undefined : index.value(line);
}
