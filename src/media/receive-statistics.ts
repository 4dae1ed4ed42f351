/** What a receiver counts of one source (RFC 3550 6.4.1, A.1, A.3, A.8). */
import type { ReportBlock } from './rtcp.js';
import type { RtpHeader } from './rtp.js';

/** A jump ahead of this much or more, or back of more than `misorderMax`, is no loss but a restart (RFC 3550 A.1). */
const dropoutMax = 3000;
const misorderMax = 100;
const sequenceModulus = 0x10000;
/** Sequence numbers remembered to tell a duplicate from a late packet. */
const historyLength = 1024;

export type Arrival = 'inOrder' | 'reordered' | 'duplicate' | 'ignored';

/** LSR and DLSR of a report block, from the last sender report of the source. */
export type SenderReportTimes = Pick<ReportBlock, 'lastSenderReport' | 'delaySinceLastSenderReport'>;

export class ReceiveStatistics {
  readonly #clockRate: number;
  readonly #firstArrival: number;
  /** Extended sequence number + 1 last seen in each slot. */
  readonly #history = new Float64Array(historyLength);
  /** Extended sequence numbers, one cycle above zero so that packets overtaken by the first one have one too. */
  #lowest: number;
  #highest: number;
  /** The next sequence number if the source has restarted. */
  #restartAt: number | undefined;
  /** Distinct numbers since `lowest`. */
  #distinctCount = 0;
  #receivedCount = 0;
  #duplicateCount = 0;
  #reorderedCount = 0;
  /** Lost before the last restart of the source. */
  #lostBefore = 0;
  #timestamp: number;
  /** Arrival of the last packet, in timestamp units since `firstArrival`. */
  #arrival = 0;
  #jitter = 0;
  #expectedAtReport = 0;
  #arrivedAtReport = 0;

  /** Starts with the first packet of the source. Arrivals are milliseconds on one clock. */
  constructor(clockRate: number, first: RtpHeader, arrivalMs: number) {
    this.#clockRate = clockRate;
    this.#firstArrival = arrivalMs;
    this.#timestamp = first.timestamp;
    this.#lowest = this.#highest = sequenceModulus + first.sequenceNumber;
    this.#take(this.#highest);
  }

  /** Packets taken, each sequence number once. */
  get receivedCount(): number {
    return this.#receivedCount;
  }
  get duplicateCount(): number {
    return this.#duplicateCount;
  }
  /** Packets that came after one with a higher number. */
  get reorderedCount(): number {
    return this.#reorderedCount;
  }
  /** Numbers between the lowest and the highest that never came. */
  get lostCount(): number {
    return this.#lostBefore + this.#expected() - this.#distinctCount;
  }
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /** A further packet of the same source. */
  add({ sequenceNumber, timestamp }: RtpHeader, arrivalMs: number): Arrival {
    const ahead = (sequenceNumber - this.#highest) & 0xffff;
    const isLate = ahead >= sequenceModulus - misorderMax;
    if (!isLate && ahead >= dropoutMax) {
      if (sequenceNumber !== this.#restartAt) {
        this.#restartAt = (sequenceNumber + 1) & 0xffff; // two in sequence make a restart, RFC 3550 A.1
        return 'ignored';
      }
      this.#restart(sequenceNumber, timestamp, arrivalMs);
      return 'inOrder';
    }
    const extended = this.#highest + ahead - (isLate ? sequenceModulus : 0);
    if (this.#history[extended % historyLength] === extended + 1) {
      this.#duplicateCount++;
      return 'duplicate';
    }
    this.#take(extended);
    this.#countJitter(timestamp, arrivalMs);
    if (!isLate) return 'inOrder';
    this.#reorderedCount++;
    return 'reordered';
  }

  /** The block of the next report (RFC 3550 A.3); what counts since the last report starts anew. */
  report(ssrc: number, times: SenderReportTimes): ReportBlock {
    const expected = this.#expected();
    const arrived = this.#distinctCount + this.#duplicateCount;
    const expectedInterval = expected - this.#expectedAtReport;
    const lostInterval = expectedInterval - (arrived - this.#arrivedAtReport);
    this.#expectedAtReport = expected;
    this.#arrivedAtReport = arrived;
    const fractionLost = lostInterval > 0 ? Math.floor((lostInterval * 256) / expectedInterval) : 0;
    return {
      ssrc,
      fractionLost: Math.min(fractionLost, 0xff),
      cumulativeLost: Math.max(-0x800000, Math.min(expected - arrived, 0x7fffff)),
      highestSequence: (this.#highest - sequenceModulus) % 2 ** 32,
      jitter: Math.floor(this.#jitter),
      ...times,
    };
  }

  #expected(): number {
    return this.#highest - this.#lowest + 1;
  }

  #take(extended: number): void {
    this.#history[extended % historyLength] = extended + 1;
    if (extended > this.#highest) this.#highest = extended;
    if (extended < this.#lowest) this.#lowest = extended;
    this.#distinctCount++;
    this.#receivedCount++;
    this.#restartAt = undefined;
  }

  #restart(sequenceNumber: number, timestamp: number, arrivalMs: number): void {
    this.#lostBefore = this.lostCount;
    this.#history.fill(0);
    this.#lowest = this.#highest = sequenceModulus + sequenceNumber;
    this.#distinctCount = 0;
    this.#expectedAtReport = 0;
    this.#arrivedAtReport = this.#duplicateCount;
    this.#timestamp = timestamp;
    this.#arrival = this.#inTimestampUnits(arrivalMs);
    this.#take(this.#highest);
  }

  /** J += (|D| - J) / 16, D being the difference of the spacings at the receiver and at the sender (RFC 3550 A.8). */
  #countJitter(timestamp: number, arrivalMs: number): void {
    const arrival = this.#inTimestampUnits(arrivalMs);
    const difference = arrival - this.#arrival - ((timestamp - this.#timestamp) | 0); // | 0: across the wrap of 32 bits
    this.#arrival = arrival;
    this.#timestamp = timestamp;
    this.#jitter += (Math.abs(difference) - this.#jitter) / 16;
  }

  #inTimestampUnits(arrivalMs: number): number {
    return ((arrivalMs - this.#firstArrival) * this.#clockRate) / 1000;
  }
}
