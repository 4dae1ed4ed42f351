/** The messages of a run, for expectations to look back at. */
import type { MessageRecord } from '../../environment/index.js';

/** Older ones go when there are more: a run for hours must not fill the memory. */
const KEPT_MAX = 20_000;

export interface LoggedMessage {
  /** 0, 1, 2 … in order of sending. */
  readonly position: number;
  /** Of a stretch of RTP or RTCP: its first packet. */
  readonly record: MessageRecord;
  /** Packets of the stretch; 1 for every other message. */
  count: number;
}

export class MessageLog {
  #messages: LoggedMessage[] = [];
  /** Position of the first that is kept. */
  #first = 0;
  /** The stretches of RTP and RTCP that go on. */
  #stretches = new Map<string, LoggedMessage>();

  add(record: MessageRecord): void {
    if (record.protocol !== 'rtp' && record.protocol !== 'rtcp') {
      this.#push(record);
      return;
    }
    const key = `${record.protocol} ${record.fromNode} ${record.toNode} ${record.fault?.effect ?? ''}`;
    const stretch = this.#stretches.get(key);
    if (stretch === undefined) this.#stretches.set(key, this.#push(record));
    else stretch.count += 1;
  }

  /** Position of the next message. What comes from now on is not counted to a stretch from before. */
  mark(): number {
    this.#stretches = new Map();
    return this.end;
  }

  get end(): number {
    return this.#first + this.#messages.length;
  }

  /** From `position` on; what is no longer kept is left out. */
  since(position: number): readonly LoggedMessage[] {
    return this.#messages.slice(Math.max(0, position - this.#first));
  }

  /** Whether all messages from `position` on are kept. */
  reaches(position: number): boolean {
    return position >= this.#first;
  }

  #push(record: MessageRecord): LoggedMessage {
    const message: LoggedMessage = { position: this.end, record, count: 1 };
    this.#messages.push(message);
    if (this.#messages.length > KEPT_MAX) {
      const gone = KEPT_MAX / 2;
      this.#messages = this.#messages.slice(gone);
      this.#first += gone;
    }
    return message;
  }
}
