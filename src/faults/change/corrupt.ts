/** One bit of a message flipped: its length stays, and so do the lengths that it tells, unless the bit is one of theirs. */
import { type PathStep, parseFieldPath, readMessage, type SeenMessage } from '../../selection/index.js';
import { parseUri, type SipRequest, type SipResponse } from '../../sip/index.js';
import { headerId, isListHeader } from '../../sip/message/header-names.js';
import { endOfValue } from '../../sip/message/parameters.js';
import type { FaultAction } from '../fault.js';
import type { Changed } from './changed.js';
import { avpSpan } from './diameter-change.js';
import { type Base64Span, partSpan, type Span, uriPartSpan } from './header-value.js';

type CorruptAction = Extract<FaultAction, { do: 'corrupt' }>;
type SipMessage = SipRequest | SipResponse;

/** `draw` picks a bit where the action leaves it open: a number below its argument. */
export function corrupt(
  { protocol, bytes }: SeenMessage,
  { field, bit }: CorruptAction,
  draw: (bits: number) => number,
): Changed {
  if (field === undefined) return flipped(bytes, { start: 0, end: bytes.length }, bit, draw);
  if (protocol === 'diameter') {
    const span = avpSpan(bytes, parseFieldPath(field, 'diameter').steps);
    return span === undefined ? { whyNot: `there is no ${field}` } : flipped(bytes, span, bit, draw);
  }
  const message = readMessage(bytes);
  const span = message && fieldSpan(message, parseFieldPath(field, 'sip').steps);
  if (message === undefined || span === undefined) return { whyNot: `there is no ${field}` };
  const octets = Buffer.from(message.text, 'latin1');
  return 'octets' in span ? flippedInBase64(octets, span, bit, draw) : flipped(octets, span, bit, draw);
}

function flipped(
  bytes: Buffer,
  { start, end }: Span,
  bit: number | undefined,
  draw: (bits: number) => number,
): Changed {
  const bits = (end - start) * 8;
  if (bits === 0) return { whyNot: 'it is empty' };
  if (bit !== undefined && bit >= bits) return { whyNot: `there is no bit ${bit}: the last is ${bits - 1}` };
  const changed = Buffer.from(bytes);
  flip(changed, start, bit ?? draw(bits));
  return changed;
}

/** Bits count from the first octet's most significant one. */
function flip(octets: Buffer, start: number, bit: number): void {
  octets[start + (bit >> 3)]! ^= 0x80 >> (bit & 7);
}

function flippedInBase64(
  bytes: Buffer,
  span: Base64Span,
  bit: number | undefined,
  draw: (bits: number) => number,
): Changed {
  const { start, end, octets } = span;
  const decoded = Buffer.from(bytes.toString('latin1', start, end), 'base64');
  const changed = flipped(decoded, { start: octets[0], end: octets[1] }, bit, draw);
  if (!Buffer.isBuffer(changed)) return changed;
  const text = changed.toString('base64').slice(0, end - start);
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(text, 'latin1'), bytes.subarray(start + text.length)]);
}

/** Where the field stands in the text of the message: the first of several unless the path says which. */
function fieldSpan(message: SipMessage, [first, ...rest]: readonly PathStep[]): Span | Base64Span | undefined {
  const { text } = message;
  const whole = (start: number, length: number): Span | undefined =>
    rest.length > 0 || length === 0 ? undefined : { start, end: start + length };
  switch (first!.name) {
    case 'method':
      return message.kind === 'request' ? whole(0, message.method.length) : undefined;
    case 'Request-URI':
      return message.kind === 'request' ? requestUriSpan(message, rest) : undefined;
    case 'status':
      return message.kind === 'response' ? whole(8, 3) : undefined;
    case 'reason':
      return message.kind === 'response' ? whole(12, message.reason.length) : undefined;
    case 'body':
    case 'sdp':
      return whole(text.length - message.body.length, message.body.length);
    default:
      return headerSpan(message, first!, rest);
  }
}

function requestUriSpan({ method, requestUri }: SipRequest, rest: readonly PathStep[]): Span | undefined {
  const start = method.length + 1;
  const uri = rest.length === 0 ? undefined : parseUri(requestUri);
  const span = rest.length === 0 ? { start: 0, end: requestUri.length } : uri && uriPartSpan(uri, rest);
  return span && { start: start + span.start, end: start + span.end };
}

function headerSpan(
  message: SipMessage,
  { name, index = 1 }: PathStep,
  rest: readonly PathStep[],
): Span | Base64Span | undefined {
  const { text } = message;
  const lines = message.index.placed();
  const id = headerId(name);
  let count = 0;
  for (let line = lines.find(id, name, 0); line !== -1; line = lines.find(id, name, line + 1)) {
    for (const { start, end } of valueSpans(text, lines.valueStart(line), lines.valueEnd(line), isListHeader(id))) {
      if (++count < index) continue;
      if (rest.length === 0) return { start, end };
      const part = partSpan(name, text.slice(start, end), rest);
      return part && { ...part, start: start + part.start, end: start + part.end };
    }
  }
  return undefined;
}

/** The values of a line, trimmed. */
function valueSpans(text: string, start: number, end: number, isList: boolean): readonly Span[] {
  if (!isList) return [{ start, end }];
  const octets = Buffer.from(text, 'latin1');
  const spans: Span[] = [];
  for (let at = start; at < end; ) {
    const stop = endOfValue(octets, at, end);
    const value = text.slice(at, stop);
    const from = at + value.length - value.trimStart().length;
    if (value.trim() !== '') spans.push({ start: from, end: from + value.trim().length });
    at = stop + 1;
  }
  return spans;
}
