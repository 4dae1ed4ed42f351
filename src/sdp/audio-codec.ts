/** The codecs of a VoLTE voice call (IR.92 3.2; TS 26.114 5.2.1, 6.2.2) as a table, and their bandwidth. */

export type AudioCodecName = 'EVS' | 'AMR-WB' | 'AMR';

export interface AudioCodec {
  readonly name: AudioCodecName;
  readonly clockRate: number;
  /** Dynamic payload type that we offer. */
  readonly payloadType: number;
  readonly formatParameters: string;
  /** Octets of an RTP payload with one frame, bandwidth-efficient where there is a choice, a mode an entry (RFC 4867 4.3; TS 26.445 A.2). */
  readonly payloadOctets: readonly number[];
}

export const audioCodecs: Readonly<Record<AudioCodecName, AudioCodec>> = {
  EVS: {
    name: 'EVS',
    clockRate: 16000,
    payloadType: 96,
    formatParameters: 'br=5.9-24.4;bw=nb-swb;max-red=0',
    payloadOctets: [61],
  },
  'AMR-WB': {
    name: 'AMR-WB',
    clockRate: 16000,
    payloadType: 104,
    formatParameters: 'mode-change-capability=2;max-red=0',
    payloadOctets: [18, 24, 33, 37, 41, 47, 51, 59, 61],
  },
  AMR: {
    name: 'AMR',
    clockRate: 8000,
    payloadType: 102,
    formatParameters: 'mode-change-capability=2;max-red=0',
    payloadOctets: [14, 15, 16, 18, 20, 22, 27, 32],
  },
};

/** The payload type that we offer for telephone-event, by the clock rate of its codec (RFC 4733; CALL-23). */
export const telephoneEventPayloadTypes: ReadonlyMap<number, number> = new Map([
  [16000, 97],
  [8000, 98],
]);

/** The wideband codec first (IR.92 3.2.1). EVS is offered only when asked for. */
export const defaultCodecs: readonly AudioCodecName[] = ['AMR-WB', 'AMR'];

const rtpOctets = 12;
const udpOctets = 8;
const ipOctets = { 4: 20, 6: 40 } as const;
const frameMs = 20;

/** b=AS in kbit/s for one frame a packet of `payloadOctets` (TS 26.114 6.2.5, RFC 3550 6.2; CALL-22). */
export function bandwidthOf(payloadOctets: number, ipVersion: 4 | 6): number {
  return Math.ceil(((payloadOctets + rtpOctets + udpOctets + ipOctets[ipVersion]) * 8) / frameMs);
}

/** The largest payload of a codec, within `modeSet` if there is one. */
export function largestPayload(codec: AudioCodec, modeSet: readonly number[] | undefined): number {
  const modes = modeSet?.map((mode) => codec.payloadOctets[mode] ?? 0) ?? codec.payloadOctets;
  return Math.max(...modes);
}
