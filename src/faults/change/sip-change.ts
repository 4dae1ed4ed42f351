/** Other values in the fields of a SIP message. Start line, headers and body stay well-formed, Content-Length is mended. */

import { type PathStep, parseFieldPath, readField, readMessage } from '../../selection/index.js';
import {
  bodyOfType,
  encodeUtf8,
  type MessageEditor,
  parseUri,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import type { FieldChanges } from '../fault.js';
import type { Changed } from './changed.js';
import { withPart, withUriPart } from './header-value.js';
import { withSdpField } from './sdp-change.js';

type SipMessage = SipRequest | SipResponse;
type Steps = readonly PathStep[];

/** One field after the other, in the order of `set`. */
export function changeSip(bytes: Buffer, set: FieldChanges): Changed {
  let changed = bytes;
  const missed: string[] = [];
  for (const [path, value] of Object.entries(set)) {
    const message = readMessage(changed);
    const text =
      message &&
      withField(message, parseFieldPath(path, 'sip').steps, value === null ? null : encodeUtf8(String(value)));
    if (text !== undefined) changed = Buffer.from(text, 'latin1');
    else if (!hasValue(changed, path, value)) missed.push(path);
  }
  if (changed !== bytes) return missed.length === 0 ? changed : { bytes: changed, missed };
  return { whyNot: missed.length === 0 ? 'it is so already' : `there is no ${missed.join(', ')}` };
}

function hasValue(bytes: Buffer, path: string, value: string | number | null): boolean {
  return readField({ protocol: 'sip', fromNode: '', toNode: '', bytes }, path).includes(String(value));
}

/** The text of the message with that field another one; undefined: there is nothing to change. */
function withField(message: SipMessage, [first, ...rest]: Steps, value: string | null): string | undefined {
  const editor = message.edit() as MessageEditor<SipMessage>;
  switch (first!.name) {
    case 'Request-URI':
      return message.kind === 'request' ? withRequestUri(message, rest, value) : undefined;
    case 'status':
      return message.kind === 'response' && value !== null ? editor.status(Number(value)).text() : undefined;
    case 'reason':
      return message.kind === 'response' ? editor.status(message.status, value ?? '').text() : undefined;
    case 'method':
      return message.kind === 'request' && value !== null
        ? value + message.text.slice(message.method.length)
        : undefined;
    case 'body':
      return withBody(message, value === null ? undefined : (message.contentType ?? 'text/plain'), value ?? '');
    case 'sdp':
      return withSdp(message, rest, value);
    default:
      return withHeader(message, first!, rest, value);
  }
}

function withRequestUri(request: SipRequest, rest: Steps, value: string | null): string | undefined {
  const uri = rest.length === 0 ? undefined : parseUri(request.requestUri);
  const text = rest.length === 0 ? (value ?? undefined) : uri && withUriPart(uri, rest, value);
  return text === undefined ? undefined : request.edit().requestUri(text).text();
}

function withBody(message: SipMessage, contentType: string | undefined, body: string): string {
  return (message.edit() as MessageEditor<SipMessage>).body(contentType, body).text();
}

function withSdp(message: SipMessage, rest: Steps, value: string | null): string | undefined {
  if (rest.length === 0) return withBody(message, value === null ? undefined : 'application/sdp', value ?? '');
  // It may be one of several parts.
  const description = bodyOfType(message, 'application/sdp');
  const changed = description && withSdpField(description, rest, value);
  if (changed === undefined || changed === '') return undefined;
  const at = message.body.indexOf(description!);
  const body = message.body.slice(0, at) + changed + message.body.slice(at + description!.length);
  return withBody(message, message.contentType, body);
}

function withHeader(
  message: SipMessage,
  { name, index }: PathStep,
  rest: Steps,
  value: string | null,
): string | undefined {
  const values = message.values(name);
  if (rest.length === 0 && index === undefined && value !== null) return edited(message, name, [value]);
  const changed: string[] = [];
  let isChanged = false;
  values.forEach((before, at) => {
    const isMeant = index === undefined || at === index - 1;
    const after = !isMeant ? before : rest.length === 0 ? value : (withPart(name, before, rest, value) ?? before);
    if (after !== null) changed.push(after);
    isChanged ||= after !== before;
  });
  if (rest.length === 0 && value !== null && index === values.length + 1) changed.push(value);
  return isChanged || changed.length > values.length ? edited(message, name, changed) : undefined;
}

/** Each value on a line of its own, where the first one stood. */
function edited(message: SipMessage, name: string, [first, ...rest]: readonly string[]): string {
  const editor = message.edit() as MessageEditor<SipMessage>;
  if (first === undefined) return editor.remove(name).text();
  editor.set(name, first);
  for (const value of rest) editor.append(name, value);
  return editor.text();
}
