/** The formats of RTP media by name and clock: from their rtpmap, or by the payload types that need none. RFC 3551 6. */
import { type MediaDescription, payloadTypes } from '../../sdp/session-description.js';

export interface RtpFormat {
  readonly codec: string;
  /** Clock in Hz. */
  readonly rate: number | undefined;
}

/** RFC 3551 6, tables 4 and 5. */
const staticFormats: ReadonlyMap<number, RtpFormat> = new Map([
  [0, { codec: 'PCMU', rate: 8_000 }],
  [3, { codec: 'GSM', rate: 8_000 }],
  [4, { codec: 'G723', rate: 8_000 }],
  [5, { codec: 'DVI4', rate: 8_000 }],
  [6, { codec: 'DVI4', rate: 16_000 }],
  [7, { codec: 'LPC', rate: 8_000 }],
  [8, { codec: 'PCMA', rate: 8_000 }],
  [9, { codec: 'G722', rate: 8_000 }],
  [10, { codec: 'L16', rate: 44_100 }],
  [11, { codec: 'L16', rate: 44_100 }],
  [12, { codec: 'QCELP', rate: 8_000 }],
  [13, { codec: 'CN', rate: 8_000 }],
  [14, { codec: 'MPA', rate: 90_000 }],
  [15, { codec: 'G728', rate: 8_000 }],
  [16, { codec: 'DVI4', rate: 11_025 }],
  [17, { codec: 'DVI4', rate: 22_050 }],
  [18, { codec: 'G729', rate: 8_000 }],
  [25, { codec: 'CelB', rate: 90_000 }],
  [26, { codec: 'JPEG', rate: 90_000 }],
  [28, { codec: 'nv', rate: 90_000 }],
  [31, { codec: 'H261', rate: 90_000 }],
  [32, { codec: 'MPV', rate: 90_000 }],
  [33, { codec: 'MP2T', rate: 90_000 }],
  [34, { codec: 'H263', rate: 90_000 }],
]);

/** Those with an rtpmap first. */
export function formatsOf(media: MediaDescription): readonly RtpFormat[] {
  const formats: RtpFormat[] = media.rtp.map(({ codec, rate }) => ({ codec, rate }));
  if (!media.protocol.startsWith('RTP/')) return formats;
  for (const type of payloadTypes(media)) {
    const known = staticFormats.get(type);
    if (known !== undefined && !media.rtp.some(({ payload }) => payload === type)) formats.push(known);
  }
  return formats;
}
