/**
 * RTP payloads of 20 ms of synthetic speech: AMR and AMR-WB in the bandwidth-efficient format (RFC 4867 4.3), EVS in
 * the compact format (TS 26.445 A.2.1). The speech bits are a fixed function of the frame's number, no coded sound.
 */

export type SpeechCodec = 'EVS' | 'AMR-WB' | 'AMR';

export interface AmrFrame {
  /** Mode, SID, or 15 for no data. */
  readonly frameType: number;
  /** False: damaged. */
  readonly quality: boolean;
}

export interface AmrPayload {
  /** Mode that the sender asks for; 15: none. */
  readonly modeRequest: number;
  readonly frames: readonly AmrFrame[];
}

/** Bits of a frame by frame type; the missing types must not be sent (RFC 4867 4.3.1; TS 26.101, 26.201 annex A). */
const speechBits: Readonly<Record<'AMR-WB' | 'AMR', Readonly<Record<number, number>>>> = {
  AMR: { 0: 95, 1: 103, 2: 118, 3: 134, 4: 148, 5: 159, 6: 204, 7: 244, 8: 39, 15: 0 },
  'AMR-WB': { 0: 132, 1: 177, 2: 253, 3: 285, 4: 317, 5: 365, 6: 397, 7: 461, 8: 477, 9: 40, 14: 0, 15: 0 },
};

/** AMR-WB 12.65 and AMR 12.2 kbit/s. */
const preferredMode = { 'AMR-WB': 2, AMR: 7 } as const;

/** Payload lengths of EVS primary modes 2.8, 7.2, 8, 9.6, 13.2, 16.4, 24.4 kbit/s and SID. */
const evsOctets: ReadonlySet<number> = new Set([7, 18, 20, 24, 33, 41, 61, 6]);
const evs13k2Octets = 33;

const noModeRequest = 15;

/** The preferred mode, or where `modeSet` excludes it the next lower, or else its lowest (RFC 4867 8.1). */
export function sendingMode(codec: 'AMR-WB' | 'AMR', modeSet: readonly number[] | undefined): number {
  const preferred = preferredMode[codec];
  if (modeSet === undefined || modeSet.length === 0) return preferred;
  const fitting = modeSet.filter((mode) => mode <= preferred);
  return fitting.length > 0 ? Math.max(...fitting) : Math.min(...modeSet);
}

/** The payload of frame number `frame`, in the mode that `modeSet` leaves. */
export function encodeSpeech(codec: SpeechCodec, frame: number, modeSet: readonly number[] | undefined): Buffer {
  if (codec === 'EVS') return syntheticOctets(frame, evs13k2Octets);
  const mode = sendingMode(codec, modeSet);
  const bits = 4 + 6 + speechBits[codec][mode]!;
  const payload = syntheticOctets(frame, Math.ceil(bits / 8));
  // CMR (4 bits), then one table-of-contents entry: F = 0, FT (4), Q = 1; speech from bit 10 on (RFC 4867 4.3.2).
  payload[0] = (noModeRequest << 4) | (mode >> 1);
  payload[1] = ((mode & 1) << 7) | 0x40 | (payload[1]! & 0x3f);
  const unused = payload.length * 8 - bits;
  payload[payload.length - 1]! &= 0xff << unused;
  return payload;
}

/** Undefined: a frame type that must not be sent, or a length that does not fit the frames (RFC 4867 4.3). */
export function decodeAmr(codec: 'AMR-WB' | 'AMR', payload: Buffer): AmrPayload | undefined {
  const frames: AmrFrame[] = [];
  let bits = 4;
  let speech = 0;
  for (let more = true; more; bits += 6) {
    if (bits + 6 > payload.length * 8) return undefined;
    const entry = sixBits(payload, bits);
    const frameType = (entry >> 1) & 0x0f;
    const length = speechBits[codec][frameType];
    if (length === undefined) return undefined;
    frames.push({ frameType, quality: (entry & 1) === 1 });
    speech += length;
    more = entry >> 5 === 1;
  }
  if (Math.ceil((bits + speech) / 8) !== payload.length) return undefined;
  return { modeRequest: payload[0]! >> 4, frames };
}

export function isSpeechPayload(codec: SpeechCodec, payload: Buffer): boolean {
  return codec === 'EVS' ? evsOctets.has(payload.length) : decodeAmr(codec, payload) !== undefined;
}

function sixBits(octets: Buffer, at: number): number {
  const index = at >> 3;
  const pair = (octets[index]! << 8) | (octets[index + 1] ?? 0);
  return (pair >> (10 - (at & 7))) & 0x3f;
}

/** Octets that look random and depend on the frame's number alone (a linear congruential generator). */
function syntheticOctets(frame: number, length: number): Buffer {
  const octets = Buffer.allocUnsafe(length);
  let state = Math.imul(frame + 1, 0x9e3779b1);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    octets[i] = state >>> 24;
  }
  return octets;
}
