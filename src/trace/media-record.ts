import type { PacketFault } from '../environment/index.js';

/** What `trace.jsonl` keeps of the packets between the first and the last of an RTP stream. */
export interface MediaRecord {
  readonly kind: 'media';
  /** Of the last packet counted. */
  readonly time: number;
  readonly fromNode: string;
  readonly toNode: string;
  readonly ssrc: number;
  /** Since the stream's line before, the first packet included. */
  readonly packetCount: number;
  readonly octetCount: number;
  /** Of packets that did not get there, which are counted by themselves: as the last one's. */
  readonly fault?: PacketFault | undefined;
}
