/** Makes message records of octets on the wire, live or captured. */
import type { MessageRecord } from '../environment/index.js';
import { messageProtocol } from './message-kind.js';
import type { NodeTable } from './node-table.js';
import { CodecNames, summariseRtcp, summariseRtp } from './rtp-summary.js';
import { diameterSummaryOf, sipSummaryOf } from './summaries.js';

/** What is known of a message before it is looked into. */
export type WireMessage = Pick<
  MessageRecord,
  'time' | 'transport' | 'from' | 'to' | 'bytes' | 'sentIn' | 'protection' | 'late' | 'fault'
>;

export class MessageRecords {
  readonly #codecs = new CodecNames();
  #count = 0;

  constructor(private readonly nodes: NodeTable) {}

  /** In order of sending: ids count from 1. */
  of({ time, transport, from, to, bytes, sentIn, protection, late, fault }: WireMessage): MessageRecord {
    const protocol = messageProtocol(bytes, transport);
    if (protocol === 'sip') this.#codecs.learn(bytes);
    this.#count += 1;
    return {
      kind: 'message',
      time,
      id: this.#count,
      protocol,
      transport,
      from,
      to,
      fromNode: this.nodes.nameOf(from),
      toNode: this.nodes.nameOf(to),
      summary: this.#summary(protocol, { transport, bytes, to }),
      bytes,
      sentIn,
      ...(protection !== undefined && { protection }),
      ...(late && { late }),
      fault,
    };
  }

  #summary(
    protocol: MessageRecord['protocol'],
    { transport, bytes, to }: Pick<MessageRecord, 'transport' | 'bytes' | 'to'>,
  ): string {
    switch (protocol) {
      case 'sip':
        return sipSummaryOf(bytes).summary;
      case 'diameter':
        return diameterSummaryOf(bytes).summary;
      case 'rtp':
        return summariseRtp(bytes, to, this.#codecs);
      case 'rtcp':
        return summariseRtcp(bytes);
      case 'other':
        return `${bytes.length} octets over ${transport.toUpperCase()}`;
    }
  }
}
