/** What SIP rules read out of the messages of one hop. */
import type { MessageRecord } from '../../environment/index.js';
import { coreTimers, type SipMessage, type SipTimers, ueTimers } from '../../sip/index.js';
import { injectedFault } from '../fault-of.js';
import type { RequestOnWire, ResponseOnWire, Role, Seen, SipOnWire } from '../rule.js';

const proxyRoles: ReadonlySet<Role | undefined> = new Set(['p-cscf', 'i-cscf', 's-cscf']);
const displaced: ReadonlySet<string | undefined> = new Set(['delayed', 'reordered', 'duplicated']);
const planted: ReadonlySet<string | undefined> = new Set(['duplicated', 'answered', 'injected']);

export function isProxy(role: Role | undefined): boolean {
  return proxyRoles.has(role);
}

/** When it stands in the trace is not when its sender sent it. */
export function isDisplaced(record: MessageRecord): boolean {
  return record.late === true || displaced.has(injectedFault(record)?.effect);
}

/** The node under whose name it goes did not make it. */
export function isPlanted(record: MessageRecord): boolean {
  return planted.has(injectedFault(record)?.effect);
}

export function isRequest(seen: SipOnWire): seen is RequestOnWire {
  return seen.message.kind === 'request';
}

export function isResponse(seen: SipOnWire): seen is ResponseOnWire {
  return seen.message.kind === 'response';
}

/** TS 24.229 7.7: the longer times at a UE, and at a P-CSCF towards it. */
export function timersOf({ from, to }: SipOnWire): SipTimers {
  return from === 'ue' || (from === 'p-cscf' && to === 'ue') ? ueTimers : coreTimers;
}

/** `INVITE`, `183 to INVITE`. */
export function nameOf(message: SipOnWire['message']): string {
  return message.kind === 'request' ? message.method : `${message.status} to ${message.cseq.method}`;
}

/** `ue1 sent BYE to pcscf1`. */
export function sending({ record, message }: SipOnWire): string {
  return `${record.fromNode} sent ${nameOf(message)} to ${record.toNode}`;
}

/** `scscf1 forwarded INVITE to pcscf1`. */
export function forwarding({ record, message }: SipOnWire): string {
  return `${record.fromNode} forwarded ${nameOf(message)} to ${record.toNode}`;
}

export function branchOf({ topVia }: SipMessage): string | undefined {
  return topVia.branch;
}

/** All values of a header as one text, for comparison. */
export function lineOf(message: SipMessage, name: string): string {
  return message.values(name).join(', ');
}

/** Both belong to one transaction, whose key is branch and method (RFC 3261 17.1.3). */
export function isSameTransaction(one: SipOnWire, other: SipOnWire): boolean {
  return branchOf(one.message) === branchOf(other.message) && one.message.cseq.method === other.message.cseq.method;
}

/** One goes the way of the other, or back, under the same branch. */
export function isSameHop(one: SipOnWire, other: SipOnWire): boolean {
  if (branchOf(one.message) !== branchOf(other.message)) return false;
  const { fromNode, toNode } = one.record;
  const { record } = other;
  return (
    (fromNode === record.fromNode && toNode === record.toNode) ||
    (fromNode === record.toNode && toNode === record.fromNode)
  );
}

/**
 * What the sender of a message may have passed on with it. More than one where what it received came again, differing. A
 * retransmission differs only where a fault changed one of them. What has another To tag is of another branch of a fork.
 */
export function sourcesOf<TMessage extends RequestOnWire | ResponseOnWire>(
  seen: TMessage,
  before: Seen,
): readonly TMessage[] {
  const { source } = seen;
  if (source === undefined) return [];
  const alike = before
    .dialogue(seen.message.callId)
    .filter(
      (each) =>
        each.record.toNode === seen.record.fromNode &&
        each.record.id < seen.record.id &&
        each.message.kind === source.message.kind &&
        isSameTransaction(each, source) &&
        statusOf(each) === statusOf(source) &&
        each.message.toTag === source.message.toTag,
    );
  return alike as readonly SipOnWire[] as readonly TMessage[];
}

function statusOf({ message }: SipOnWire): number | undefined {
  return message.kind === 'response' ? message.status : undefined;
}
