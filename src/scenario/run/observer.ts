/** What a run's records say that expectations, verdicts and checks need. Its `listener` is one of the trace collector's. */
import { createHash } from 'node:crypto';
import type { FaultRecord, MessageRecord, NoteRecord, TraceRecord } from '../../environment/index.js';
import { LADDER_ORDER } from '../../trace/ladder-event.js';
import { MessageLog } from './message-log.js';
import { StateLog } from './state-log.js';

/** Kept of each kind; a run that has more is judged by the first ones. */
const KEPT_MAX = 1000;
/** 64*T1 with the UE's T1 (TS 24.229 7.7): a message that is older leaves no more. */
const REMEMBERED_MS = 128_000;

export interface Retransmission {
  readonly time: number;
  readonly fromNode: string;
  readonly toNode: string;
  readonly summary: string;
}

export class RunObserver {
  readonly messages = new MessageLog();
  readonly states = new StateLog();
  /** Notes in which a node names the cause of something that went wrong. */
  readonly causes: NoteRecord[] = [];
  /** Notes on what was out of the ordinary and went well all the same, such as a SIM that was resynchronised. */
  readonly remarks: NoteRecord[] = [];
  readonly faults: FaultRecord[] = [];
  readonly retransmissions: Retransmission[] = [];
  /** Called after each message, transition and cause. */
  readonly onChange = new Set<() => void>();
  /** Time of the first message or note, which is 0 in ladders. */
  #origin: number | undefined;
  /** What left since `#rememberedSince`, and in the time before that: nodes that keep serving must not fill the memory. */
  #sent = new Set<string>();
  #sentBefore: ReadonlySet<string> = new Set();
  #rememberedSince = 0;

  readonly listener = (record: TraceRecord): void => {
    switch (record.kind) {
      case 'message':
        this.#origin ??= record.time;
        this.messages.add(record);
        this.#findRetransmission(record);
        break;
      case 'transition':
        this.states.add(record);
        break;
      case 'note':
        this.#note(record);
        if (!record.what.startsWith('cause.')) return;
        break;
      case 'fault':
        keep(this.faults, record);
        return;
      default:
        return;
    }
    for (const listener of this.onChange) listener();
  };

  /** Seconds since the ladder's zero: `0.231`. What nodes did before their first message counts as zero. */
  seconds(time: number): string {
    return (Math.max(0, time - (this.#origin ?? time)) / 1000).toFixed(3);
  }

  #note(record: NoteRecord): void {
    if (record.what === LADDER_ORDER) return;
    this.#origin ??= record.time;
    if (record.what.startsWith('cause.')) keep(this.causes, record);
    else if (record.what.startsWith('info.')) keep(this.remarks, record);
  }

  /** A SIP message that leaves twice over UDP with the same octets is a retransmission: a new one has a new branch. */
  #findRetransmission(record: MessageRecord): void {
    const { protocol, transport, from, to, fromNode, toNode, bytes, time, summary, fault } = record;
    if (protocol !== 'sip' || transport !== 'udp' || (fault?.injected ?? fault)?.effect === 'duplicated') return;
    if (time - this.#rememberedSince >= REMEMBERED_MS) {
      this.#sentBefore = time - this.#rememberedSince < 2 * REMEMBERED_MS ? this.#sent : new Set();
      this.#sent = new Set();
      this.#rememberedSince = time;
    }
    // The octets themselves, of all that is remembered, would be most of what a crowd takes.
    const ends = `${from.address} ${from.port} ${to.address} ${to.port} `;
    const key = createHash('md5').update(ends).update(bytes).digest('base64');
    if (this.#sent.has(key) || this.#sentBefore.has(key))
      keep(this.retransmissions, { time, fromNode, toNode, summary });
    else this.#sent.add(key);
  }
}

function keep<TRecord>(records: TRecord[], record: TRecord): void {
  if (records.length < KEPT_MAX) records.push(record);
}
