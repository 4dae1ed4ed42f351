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
}
