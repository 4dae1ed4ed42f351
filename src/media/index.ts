/** Media of a call: RTP, RTCP, speech payloads, and a session that sends and measures. RFC 3550, 3551, 4867. */
export {
  type MediaParameters,
  type MediaReport,
  MediaSession,
  type MediaSessionOptions,
} from './media-session.js';
export { type Arrival, ReceiveStatistics, type SenderReportTimes } from './receive-statistics.js';
export {
  decodeRtcp,
  encodeRtcp,
  type Goodbye,
  type OtherRtcp,
  type ReceiverReport,
  type ReportBlock,
  type RtcpPacket,
  type SenderReport,
  type SourceDescription,
} from './rtcp.js';
export { decodeRtp, encodeRtp, type RtpHeader, type RtpPacket } from './rtp.js';
export {
  type AmrFrame,
  type AmrPayload,
  decodeAmr,
  encodeSpeech,
  isSpeechPayload,
  type SpeechCodec,
  sendingMode,
} from './speech-payload.js';
