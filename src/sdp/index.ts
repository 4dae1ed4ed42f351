/** Session descriptions, offer and answer, preconditions of a VoLTE call. Pure. */
export { type AudioCodec, type AudioCodecName, audioCodecs, bandwidthOf, defaultCodecs } from './audio-codec.js';
export {
  type AnswerOptions,
  buildAnswer,
  buildOffer,
  buildReoffer,
  type LocalAudio,
  type OfferOptions,
} from './audio-offer.js';
export { type NegotiatedAudio, negotiatedAudio } from './negotiated-audio.js';
export {
  dropOffer,
  noOfferYet,
  type OfferAnswer,
  type OfferAnswerRefusal,
  type OfferAnswerStep,
  receiveAnswer,
  receiveOffer,
  sendAnswer,
  sendOffer,
} from './offer-answer.js';
export {
  formatPreconditionLine,
  type PreconditionDirection,
  type PreconditionLine,
  type PreconditionStatus,
  type PreconditionStrength,
  parsePreconditionLine,
} from './precondition-line.js';
export {
  answeredPreconditions,
  mandatoryMet,
  offeredPreconditions,
  type PreconditionSegment,
  type PreconditionTable,
  preconditionLines,
  preconditionsFailed,
  receivePreconditions,
  withConfirmed,
  withLocalReserved,
} from './preconditions.js';
export {
  directionOf,
  formatSdp,
  type MediaDescription,
  type MediaDirection,
  mirroredDirection,
  parseSdp,
  type SessionDescription,
  succeeding,
} from './session-description.js';
