/** What the rules of the registration event package read out of messages. RFC 3680, RFC 6665 8.2. */
import { isRegEvent, parseRegInfo, type RegInfo } from '../../ims/reg-event/index.js';
import { decodeUtf8, type SipRequest, type SipResponse } from '../../sip/index.js';
import type { RequestOnWire, Seen } from '../rule.js';

/** 64*T1 of the core (TS 24.229 7.7): a NOTIFY that has not got out by then never will. */
export const abandonedMs = 32_000;

/** A document is read once for all rules. */
const documents = new WeakMap<SipRequest | SipResponse, { readonly info: RegInfo | undefined }>();

/** Undefined: there is none, or none that fits the schema. */
export function regInfoIn(message: SipRequest | SipResponse): RegInfo | undefined {
  let read = documents.get(message);
  if (read === undefined) {
    read = { info: message.body.length === 0 ? undefined : parseRegInfo(decodeUtf8(message.body)) };
    documents.set(message, read);
  }
  return read.info;
}

/** Subscription-State: terminated. */
export function isTerminated(message: SipRequest): boolean {
  return /^\s*terminated\b/i.test(message.header('Subscription-State') ?? '');
}

/** NOTIFYs of the package that a node made under a Call-ID, each once, oldest first. */
export function noticesFrom(node: string, callId: string, before: Seen): readonly RequestOnWire[] {
  const numbers = new Set<string>();
  return before.dialogue(callId).filter((each): each is RequestOnWire => {
    const { message, record } = each;
    if (message.kind !== 'request' || message.method !== 'NOTIFY' || record.fromNode !== node) return false;
    // A SUBSCRIBE that comes twice may make two dialogs (RFC 6665 4.4.1), each with numbers of its own.
    const number = `${message.fromTag} ${message.cseq.sequence}`;
    if (each.source !== undefined || numbers.has(number) || !isRegEvent(message)) return false;
    numbers.add(number);
    return true;
  });
}

/** Of the same dialog. */
export function earlierNotices({ message, record }: RequestOnWire, before: Seen): readonly RequestOnWire[] {
  return noticesFrom(record.fromNode, message.callId, before).filter(
    (each) => each.record.id < record.id && each.message.fromTag === message.fromTag,
  );
}

/** RFC 3680 4.2, RFC 6665 8.2.1: a SUBSCRIBE to registrations that opens a dialog. */
export function opensWatch({ message }: RequestOnWire): boolean {
  return message.toTag === undefined && isRegEvent(message);
}
