/** The messages of a capture as records of a trace, which ladders and rules take. */
import type { MessageRecord } from '../../environment/index.js';
import { endpointText } from '../endpoint.js';
import { messageProtocol } from '../message-kind.js';
import { MessageRecords } from '../message-records.js';
import type { NodeTable } from '../node-table.js';
import type { CapturedMessage } from './captured-messages.js';

/** A packet that passed two interfaces is seen twice. Nobody repeats a message so soon: T1 is 500 ms (RFC 3261 17.1.1.1). */
const COPY_MAX_MS = 50;

export interface SpokenMessages {
  /** Whole messages of SIP and Diameter, each once. */
  readonly messages: readonly CapturedMessage[];
  /** How many were copies of the one before: another interface had seen it, too. */
  readonly copyCount: number;
}

/** What rules and ladders look at. @param captured by time */
export function spokenMessages(captured: readonly CapturedMessage[]): SpokenMessages {
  const last = new Map<string, CapturedMessage[]>();
  let copyCount = 0;
  const messages = captured.filter((message) => {
    const { transport, octets, isWhole } = message;
    const protocol = messageProtocol(octets, transport);
    if (!isWhole || (protocol !== 'sip' && protocol !== 'diameter')) return false;
    if (transport === 'tcp') return true; // a stream has each octet once; of SCTP not all files number the chunks
    const key = `${endpointText(message.from)} ${endpointText(message.to)}`;
    const recent = (last.get(key) ?? []).filter(({ time }) => message.time - time <= COPY_MAX_MS);
    const isCopy = message.time > 0 && recent.some((other) => other.octets.equals(octets));
    if (isCopy) copyCount += 1;
    else recent.push(message);
    last.set(key, recent);
    return !isCopy;
  });
  return { messages, copyCount };
}

/** Ids count from 1. */
export function recordsOf(messages: readonly CapturedMessage[], nodes: NodeTable): readonly MessageRecord[] {
  const records = new MessageRecords(nodes);
  return messages.map(({ time, transport, from, to, octets: bytes, isInEsp }) =>
    records.of({
      time,
      transport,
      from,
      to,
      bytes,
      sentIn: undefined,
      protection: isInEsp ? 'esp' : undefined,
      fault: undefined,
    }),
  );
}
