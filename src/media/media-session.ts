/**
 * One call's media: sends synthetic speech and RTCP, counts what arrives (RFC 3550; TS 26.114 7). Port and port + 1 are
 * bound at once, so that nothing is missed that arrives before the session description does.
 */
import type { Clock, DatagramSocket, Endpoint, Environment, Random, Timer } from '../environment/index.js';
import { ReceiveStatistics } from './receive-statistics.js';
import { decodeRtcp, encodeRtcp, type ReportBlock, type RtcpPacket } from './rtcp.js';
import { decodeRtp, type RtpPacket } from './rtp.js';
import { SpeechSender } from './sender.js';
import { isSpeechPayload, type SpeechCodec } from './speech-payload.js';

/** What the two session descriptions agreed on. The result of `negotiatedAudio` in `sdp/` fits. */
export interface MediaParameters {
  readonly codec: SpeechCodec;
  readonly clockRate: number;
  readonly sendPayloadType: number;
  readonly receivePayloadType: number;
  /** Modes allowed in what we send; undefined: all. */
  readonly modeSet: readonly number[] | undefined;
  /** Payload type of telephone-event; such packets are counted but not checked as speech. */
  readonly telephoneEventPayloadType: number | undefined;
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number };
  /** From our side. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}

export interface MediaReport {
  /** RTP packets. */
  readonly sent: number;
  /** RTP packets taken, each sequence number once. */
  readonly received: number;
  readonly lost: number;
  /** Interarrival jitter at the end (RFC 3550 A.8). */
  readonly jitterMs: number;
  readonly outOfOrder: number;
  readonly duplicates: number;
  /** Compound packets. */
  readonly rtcpSent: number;
  readonly rtcpReceived: number;
  /** Plain sentences; empty when all was as it should be. */
  readonly problems: readonly string[];
}

export interface MediaSessionOptions {
  readonly environment: Environment;
  /** Where RTP arrives; RTCP on the next port. */
  readonly local: Endpoint;
  /** Both sockets are bound. */
  readonly onReady?: () => void;
  /** A socket could not be bound, or broke. `code` is an errno name. */
  readonly onError?: (code: string, message: string) => void;
}

/** First report 0.5 to 1.5 s after the start: within a short call, and not in step with the peer's. */
const firstReportMs = { least: 500, spread: 1000 };
/** Then 5 s on average, half to one and a half of it (RFC 3550 6.2, 6.3.1). */
const furtherReportMs = { least: 2500, spread: 5000 };

const ntpEpochOffset = 2_208_988_800;
/** Packets kept that arrive before `start`. */
const earlyPacketsMax = 250;
/** Different problems kept. */
const problemsMax = 20;

export class MediaSession {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #local: Endpoint;
  readonly #rtp: DatagramSocket;
  readonly #rtcp: DatagramSocket;
  readonly #cname: string;
  /** Problem → how often. */
  readonly #problems = new Map<string, number>();
  #parameters: MediaParameters | undefined;
  #sender: SpeechSender | undefined;
  #early: { packet: RtpPacket; arrivalMs: number; from: Endpoint }[] = [];
  #statistics: ReceiveStatistics | undefined;
  #remoteSsrc: number | undefined;
  #lastSenderReport: { middle: number; arrivalMs: number } | undefined;
  #sentAtReport = 0;
  #rtcpSent = 0;
  #rtcpReceived = 0;
  #frameTimer: Timer | undefined;
  #reportTimer: Timer | undefined;
  #report: MediaReport | undefined;

  constructor({ environment, local, onReady, onError }: MediaSessionOptions) {
    this.#clock = environment.clock;
    this.#random = environment.random.stream('media');
    this.#local = local;
    this.#cname = this.#random.bytes(12).toString('base64'); // RFC 7022 4.2
    let waiting = 2;
    const open = (port: number, onDatagram: (bytes: Buffer, from: Endpoint) => void) =>
      environment.network.bindDatagram(
        { address: local.address, port },
        {
          onListening: () => {
            waiting--;
            if (waiting === 0) onReady?.();
          },
          onDatagram,
          onError: (code, message) => {
            this.#problem(`${message} (${code})`);
            onError?.(code, message);
          },
        },
      );
    this.#rtp = open(local.port, (bytes, from) => this.#receiveRtp(bytes, from));
    this.#rtcp = open(local.port + 1, (bytes) => this.#receiveRtcp(bytes));
  }

  /** Starts sending, the first frame at once. Called again, it changes the parameters of the running session (hold, resume). */
  start(parameters: MediaParameters): void {
    if (this.#report !== undefined) return;
    this.#parameters = parameters;
    if (this.#sender !== undefined) return;
    this.#sender = new SpeechSender(this.#clock, this.#random, parameters.clockRate);
    const early = this.#early;
    this.#early = [];
    for (const { packet, arrivalMs, from } of early) this.#count(packet, arrivalMs, from, parameters);
    this.#scheduleReport(firstReportMs);
    this.#sendFrames();
  }

  /** Sends BYE, closes the ports and tells what happened. Called again, it gives the same report. */
  stop(): MediaReport {
    if (this.#report !== undefined) return this.#report;
    this.#frameTimer?.cancel();
    this.#reportTimer?.cancel();
    const sender = this.#sender;
    if (sender !== undefined) this.#sendRtcp({ kind: 'goodbye', ssrcs: [sender.ssrc] }); // RFC 3550 6.6
    this.#rtp.close();
    this.#rtcp.close();
    const direction = this.#parameters?.direction;
    if (direction !== undefined && receives(direction) && this.#statistics === undefined) {
      this.#problem(`no RTP packet arrived at ${this.#local.address} port ${this.#local.port}`);
    }
    this.#report = this.#makeReport();
    return this.#report;
  }

  /** What has happened until now; the last word once it is stopped. */
  report(): MediaReport {
    return this.#report ?? this.#makeReport();
  }

  readonly #sendFrames = (): void => {
    const { sendPayloadType, codec, modeSet, direction, remote } = this.#parameters!;
    const sender = this.#sender!;
    const packets = sender.takeDue(codec, sendPayloadType, modeSet, sends(direction));
    for (const packet of packets) this.#rtp.send(packet, remote);
    this.#frameTimer = this.#clock.setTimer(sender.untilNextFrame(), this.#sendFrames);
  };

  #scheduleReport({ least, spread }: { least: number; spread: number }): void {
    this.#reportTimer = this.#clock.setTimer(least + this.#random.fraction() * spread, () => {
      this.#sendRtcp();
      this.#scheduleReport(furtherReportMs);
    });
  }

  /** A compound packet: SR if we have sent since the last one, else RR; CNAME; what `last` adds (RFC 3550 6.1, 6.4). */
  #sendRtcp(last?: Extract<RtcpPacket, { kind: 'goodbye' }>): void {
    const sender = this.#sender!;
    const { address, rtcpPort } = this.#parameters!.remote;
    const reports = this.#reportBlocks();
    const now = this.#clock.now();
    const compound = encodeRtcp([
      sender.packetCount > this.#sentAtReport
        ? {
            kind: 'senderReport',
            ssrc: sender.ssrc,
            ntpSeconds: (Math.floor(now / 1000) + ntpEpochOffset) % 2 ** 32,
            ntpFraction: Math.floor(((now % 1000) / 1000) * 2 ** 32),
            rtpTimestamp: sender.timestampNow(),
            packetCount: sender.packetCount,
            octetCount: sender.octetCount,
            reports,
          }
        : { kind: 'receiverReport', ssrc: sender.ssrc, reports },
      { kind: 'sourceDescription', ssrc: sender.ssrc, cname: this.#cname },
      ...(last === undefined ? [] : [last]),
    ]);
    this.#sentAtReport = sender.packetCount;
    this.#rtcpSent++;
    this.#rtcp.send(compound, { address, port: rtcpPort });
  }

  #reportBlocks(): readonly ReportBlock[] {
    if (this.#statistics === undefined || this.#remoteSsrc === undefined) return [];
    const last = this.#lastSenderReport;
    const times = {
      lastSenderReport: last?.middle ?? 0,
      delaySinceLastSenderReport:
        last === undefined ? 0 : Math.round(((this.#clock.now() - last.arrivalMs) / 1000) * 65536) % 2 ** 32,
    };
    return [this.#statistics.report(this.#remoteSsrc, times)];
  }

  #receiveRtp(bytes: Buffer, from: Endpoint): void {
    const packet = decodeRtp(bytes);
    const arrivalMs = this.#clock.now();
    if (packet === undefined) this.#problem('datagram on the RTP port that is no RTP (RFC 3550 5.1)');
    else if (this.#parameters !== undefined) this.#count(packet, arrivalMs, from, this.#parameters);
    else if (this.#early.length < earlyPacketsMax) {
      this.#early.push({ packet: { ...packet, payload: Buffer.from(packet.payload) }, arrivalMs, from });
    }
  }

  #count(packet: RtpPacket, arrivalMs: number, from: Endpoint, parameters: MediaParameters): void {
    const { remote, receivePayloadType, telephoneEventPayloadType, codec, clockRate } = parameters;
    const { payloadType, ssrc } = packet;
    if (from.address !== remote.address || from.port !== remote.port) {
      this.#problem(
        `RTP packet from ${from.address} port ${from.port}, not from ${remote.address} port ${remote.port}`,
      );
    }
    if (payloadType !== receivePayloadType && payloadType !== telephoneEventPayloadType) {
      this.#problem(`RTP packet with payload type ${payloadType}, not ${receivePayloadType}`);
    } else if (this.#remoteSsrc !== undefined && ssrc !== this.#remoteSsrc) {
      this.#problem(`RTP packet of source ${hexadecimal(ssrc)}, not ${hexadecimal(this.#remoteSsrc)}`);
    } else {
      this.#remoteSsrc = ssrc;
      if (payloadType === receivePayloadType && !isSpeechPayload(codec, packet.payload)) {
        this.#problem(`RTP packet whose payload is no ${codec} frame`);
      }
      if (this.#statistics === undefined) this.#statistics = new ReceiveStatistics(clockRate, packet, arrivalMs);
      else this.#statistics.add(packet, arrivalMs);
    }
  }

  #receiveRtcp(bytes: Buffer): void {
    const packets = decodeRtcp(bytes);
    if (packets === undefined) {
      this.#problem('datagram on the RTCP port that is no compound packet (RFC 3550 A.2)');
      return;
    }
    this.#rtcpReceived++;
    for (const packet of packets) {
      if (packet.kind !== 'senderReport') continue;
      const middle = (((packet.ntpSeconds & 0xffff) << 16) | (packet.ntpFraction >>> 16)) >>> 0; // RFC 3550 6.4.1
      this.#lastSenderReport = { middle, arrivalMs: this.#clock.now() };
    }
  }

  #makeReport(): MediaReport {
    const statistics = this.#statistics;
    return {
      sent: this.#sender?.packetCount ?? 0,
      received: statistics?.receivedCount ?? 0,
      lost: statistics?.lostCount ?? 0,
      jitterMs: statistics?.jitterMs ?? 0,
      outOfOrder: statistics?.reorderedCount ?? 0,
      duplicates: statistics?.duplicateCount ?? 0,
      rtcpSent: this.#rtcpSent,
      rtcpReceived: this.#rtcpReceived,
      problems: [...this.#problems].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`)),
    };
  }

  #problem(text: string): void {
    const count = this.#problems.get(text);
    if (count !== undefined) this.#problems.set(text, count + 1);
    else if (this.#problems.size < problemsMax) this.#problems.set(text, 1);
  }
}

function sends(direction: MediaParameters['direction']): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function receives(direction: MediaParameters['direction']): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function hexadecimal(ssrc: number): string {
  return `0x${ssrc.toString(16).padStart(8, '0')}`;
}
