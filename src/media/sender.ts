/** The sending side of a media session: one frame every 20 ms of an absolute schedule. */
import type { Clock, Random } from '../environment/index.js';
import { encodeRtp } from './rtp.js';
import { encodeSpeech, type SpeechCodec } from './speech-payload.js';

const frameMs = 20;

/** Frames later than this are left out, as a paused process would else send a burst of them. */
const lateFramesMax = 10;

export class SpeechSender {
  readonly ssrc: number;
  readonly #clock: Clock;
  readonly #clockRate: number;
  readonly #startTime: number;
  readonly #firstTimestamp: number;
  #sequenceNumber: number;
  /** Number of the next frame; it is due at `startTime + frame * frameMs`. */
  #frame = 0;
  /** True after a frame that was not sent. */
  #talkspurtStarts = true;
  #packetCount = 0;
  #octetCount = 0;

  constructor(clock: Clock, random: Random, clockRate: number) {
    this.#clock = clock;
    this.#clockRate = clockRate;
    this.#startTime = clock.now();
    this.ssrc = random.uint32(); // RFC 3550 8.1
    this.#firstTimestamp = random.uint32(); // RFC 3550 5.1
    this.#sequenceNumber = random.uint32() & 0xffff;
  }

  get packetCount(): number {
    return this.#packetCount;
  }
  /** Payload octets. */
  get octetCount(): number {
    return this.#octetCount;
  }

  /** Milliseconds until the next frame is due, 0 if it is already. From the start, so that lateness does not add up. */
  untilNextFrame(): number {
    return Math.max(0, this.#startTime + this.#frame * frameMs - this.#clock.now());
  }

  /** The packets of every due frame; none if not `sending`, but numbering and timestamps of the schedule go on. */
  takeDue(
    codec: SpeechCodec,
    payloadType: number,
    modeSet: readonly number[] | undefined,
    sending: boolean,
  ): readonly Buffer[] {
    const now = this.#clock.now();
    const lateFrames = Math.floor((now - this.#startTime) / frameMs) - this.#frame;
    if (lateFrames > lateFramesMax || !sending) this.#talkspurtStarts = true;
    if (lateFrames > lateFramesMax) this.#frame += lateFrames;
    const packets: Buffer[] = [];
    for (; this.#startTime + this.#frame * frameMs <= now; this.#frame++) {
      if (sending) packets.push(this.#packet(codec, payloadType, modeSet));
    }
    return packets;
  }

  #packet(codec: SpeechCodec, payloadType: number, modeSet: readonly number[] | undefined): Buffer {
    const payload = encodeSpeech(codec, this.#frame, modeSet);
    const header = {
      marker: this.#talkspurtStarts,
      payloadType,
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestampAt(this.#frame * frameMs),
      ssrc: this.ssrc,
    };
    this.#talkspurtStarts = false;
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#packetCount++;
    this.#octetCount += payload.length;
    return encodeRtp(header, payload);
  }

  /** The timestamp that a frame starting now would have, for sender reports (RFC 3550 6.4.1). */
  timestampNow(): number {
    return this.#timestampAt(this.#clock.now() - this.#startTime);
  }

  #timestampAt(elapsedMs: number): number {
    return (this.#firstTimestamp + Math.round((elapsedMs * this.#clockRate) / 1000)) % 2 ** 32;
  }
}
