/** Which injected fault a breach may come from. */
import type { MessageRecord, PacketFault } from '../environment/index.js';
import type { DiameterOnWire, Seen, SipOnWire } from './rule.js';

type Observed = SipOnWire | DiameterOnWire;

/**
 * The fault that struck the message itself; else, of those before it, the last one in its dialogue or session; else in the
 * registration of the identity that it is about.
 */
export function faultOf(record: MessageRecord, observed: Observed | undefined, seen: Seen): string | undefined {
  const fault = injectedFault(record);
  if (fault !== undefined) return fault.name;
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
    if (speaksOtherwise(record) && record.id < id && record.id > (last?.id ?? 0)) last = record;
  }
  return last === undefined ? undefined : injectedFault(last)?.name;
}

/** A message that came late, twice or never is a node's daily bread: only what it says may make another break a rule. */
function speaksOtherwise(record: MessageRecord): boolean {
  const effect = injectedFault(record)?.effect;
  return effect === 'changed' || effect === 'answered' || effect === 'injected';
}

/** Whom it was sent to has not got it. */
export function isLost({ fault }: MessageRecord): boolean {
  return fault?.effect === 'dropped' || fault?.effect === 'lost';
}

/** Of the scenario's: what a link loses is no excuse for breaking a rule. */
export function injectedFault({ fault }: MessageRecord): PacketFault | undefined {
  return fault?.effect === 'lost' ? fault.injected : fault;
}

function isSip(observed: Observed): observed is SipOnWire {
  return observed.record.protocol === 'sip';
}
