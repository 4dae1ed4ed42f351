/** Which injected fault a breach may come from. */
import type { MessageRecord } from '../environment/index.js';
import type { DiameterOnWire, Seen, SipOnWire } from './rule.js';

type Observed = SipOnWire | DiameterOnWire;

/**
 * The fault that struck the message itself; else, of those before it, the last one in its dialogue or session; else in the
 * registration of the identity that it is about.
 */
export function faultOf(record: MessageRecord, observed: Observed | undefined, seen: Seen): string | undefined {
  if (record.fault !== undefined) return record.fault.name;
  if (observed === undefined) return undefined;
  return lastFault(near(observed, seen), record) ?? lastFault(about(observed, seen), record);
}

function near(observed: Observed, seen: Seen): readonly Observed[] {
  if (isSip(observed)) return seen.dialogue(observed.message.callId);
  const { sessionId } = observed.message;
  const { fromNode, toNode } = observed.record;
  return sessionId === undefined ? seen.peering(fromNode, toNode) : seen.session(sessionId);
}

function about(observed: Observed, seen: Seen): readonly Observed[] {
  const identity = isSip(observed)
    ? observed.message.cseq.method === 'REGISTER'
      ? observed.message.to.uri.text
      : undefined
    : (observed.request ?? observed).message.avps.text('Public-Identity');
  if (identity === undefined) return [];
  return [...seen.registersOf(identity), ...seen.queriesOf(identity)];
}

function lastFault(messages: readonly Observed[], { id }: MessageRecord): string | undefined {
  let last: MessageRecord | undefined;
  for (const { record } of messages) {
    if (record.fault !== undefined && record.id < id && record.id > (last?.id ?? 0)) last = record;
  }
  return last?.fault?.name;
}

function isSip(observed: Observed): observed is SipOnWire {
  return observed.record.protocol === 'sip';
}
