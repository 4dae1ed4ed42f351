/**
 * `trace.jsonl`: one line a message, transition, effect, timer, fault and note. Of an RTP stream it has the first and
 * the last packet and between them, for each second, one line `{"kind":"media",…}` with the number of packets and
 * octets since the line before; the capture has them all. Packets that were lost are counted by themselves.
 */
import type { MessageRecord, TraceRecord } from '../environment/index.js';
import { endpointText } from './endpoint.js';
import { isLost } from './loss.js';
import type { MediaRecord } from './media-record.js';
import { rtpSource } from './rtp-summary.js';
import { isoTime, traceLine } from './trace-line.js';

/** An RTP stream that was silent for so long has ended: its last packet is written. */
const SILENCE_MAX_MS = 5_000;
const SECOND_MS = 1_000;

/** Takes whole lines in order. */
export type TextSink = (lines: string) => void;

interface Stream {
  last: MessageRecord;
  lastWritten: boolean;
  secondStart: number;
  packetCount: number;
  octetCount: number;
}

export class TraceFile {
  readonly #sink: TextSink;
  readonly #streams = new Map<string, Stream>();
  #nextSweep = 0;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  readonly listener = (record: TraceRecord): void => {
    if (this.#streams.size > 0 && record.time >= this.#nextSweep) this.#sweep(record.time);
    if (record.kind === 'message' && record.protocol === 'rtp') this.#media(record);
    else this.#write(traceLine(record));
  };

  /** Writes what is known of streams that still run. */
  close(): void {
    for (const [key, stream] of this.#streams) this.#end(key, stream);
  }

  #media(record: MessageRecord): void {
    const { from, to, bytes, fault } = record;
    const key = `${endpointText(from)} ${endpointText(to)} ${rtpSource(bytes)} ${isLost(fault?.effect)}`;
    const stream = this.#streams.get(key);
    if (stream === undefined) {
      const counters = { secondStart: record.time, packetCount: 1, octetCount: record.bytes.length };
      this.#streams.set(key, { last: record, lastWritten: true, ...counters });
      this.#write(traceLine(record));
      return;
    }
    if (record.time - stream.secondStart >= SECOND_MS) this.#count(stream, record.time);
    stream.last = record;
    stream.lastWritten = false;
    stream.packetCount += 1;
    stream.octetCount += record.bytes.length;
  }

  #count(stream: Stream, time: number): void {
    const { fromNode, toNode, bytes, fault } = stream.last;
    const { packetCount, octetCount } = stream;
    const ssrc = rtpSource(bytes);
    if (packetCount > 0) {
      const record: MediaRecord = {
        kind: 'media',
        time: stream.last.time,
        fromNode,
        toNode,
        ssrc,
        packetCount,
        octetCount,
        fault: isLost(fault?.effect) ? fault : undefined,
      };
      this.#write(JSON.stringify({ ...record, time: isoTime(record.time) }));
    }
    stream.secondStart = time;
    stream.packetCount = 0;
    stream.octetCount = 0;
  }

  #sweep(time: number): void {
    this.#nextSweep = time + SECOND_MS;
    for (const [key, stream] of this.#streams) {
      if (time - stream.last.time > SILENCE_MAX_MS) this.#end(key, stream);
    }
  }

  #end(key: string, stream: Stream): void {
    this.#count(stream, stream.last.time);
    if (!stream.lastWritten) this.#write(traceLine(stream.last));
    this.#streams.delete(key);
  }

  #write(line: string): void {
    this.#sink(`${line}\n`);
  }
}
