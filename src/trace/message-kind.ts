/** Tells SIP, Diameter, RTP and RTCP apart by their first octets. */
import type { MessageRecord } from '../environment/index.js';

export type MessageProtocol = MessageRecord['protocol'];

const DIAMETER_VERSION = 1;
const RTP_HEADER_LENGTH = 12;
const RTCP_HEADER_LENGTH = 8;

/** `other` for keep-alives and for whatever else is sent. */
export function messageProtocol(bytes: Buffer, transport: MessageRecord['transport']): MessageProtocol {
  const first = bytes[0];
  if (first === undefined) return 'other';
  if (transport !== 'udp' && first === DIAMETER_VERSION) return looksLikeDiameter(bytes) ? 'diameter' : 'other';
  if (transport === 'udp' && isMedia(bytes)) return mediaProtocol(bytes);
  return looksLikeSip(bytes) ? 'sip' : 'other';
}

/** RFC 7983 7: of a datagram. RTP and RTCP begin with their version, 2. */
export function isMedia(bytes: Buffer): boolean {
  return bytes[0] !== undefined && bytes[0] >> 6 === 2;
}

/** RFC 6733 3: the length counts the header, is a multiple of 4, and four of the flags are reserved. */
function looksLikeDiameter(bytes: Buffer): boolean {
  return bytes.length >= 20 && bytes.readUIntBE(1, 3) === bytes.length && bytes.length % 4 === 0;
}

/** RFC 5761 4: RTCP packet types 192 to 223 stand where RTP has marker and payload type. */
function mediaProtocol(bytes: Buffer): MessageProtocol {
  const second = bytes[1] ?? 0;
  if (second >= 192 && second <= 223) return bytes.length >= RTCP_HEADER_LENGTH ? 'rtcp' : 'other';
  return bytes.length >= RTP_HEADER_LENGTH ? 'rtp' : 'other';
}

/** A first line that begins or ends with the version, whatever else is wrong with the message. */
function looksLikeSip(bytes: Buffer): boolean {
  const end = bytes.indexOf('\n');
  const line = bytes.toString('latin1', 0, end < 0 ? Math.min(bytes.length, 4096) : end).toUpperCase();
  return line.startsWith('SIP/') || line.includes(' SIP/');
}
