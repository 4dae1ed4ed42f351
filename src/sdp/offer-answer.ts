/**
 * One side's state of offer and answer in a dialog (RFC 3264 4, RFC 3261 13.2.1, RFC 3311 5.1, RFC 6337; SIP-57), as
 * plain data and pure steps: at most one offer is outstanding, and an agreed pair stays until a new one replaces it.
 */
import type { SessionDescription } from './session-description.js';

export interface OfferAnswer {
  readonly phase: 'idle' | 'offerSent' | 'offerReceived';
  /** The agreed pair; absent before the first answer. */
  readonly local: SessionDescription | undefined;
  readonly remote: SessionDescription | undefined;
  /** The offer that waits for its answer. */
  readonly offer: SessionDescription | undefined;
}

export const noOfferYet: OfferAnswer = { phase: 'idle', local: undefined, remote: undefined, offer: undefined };

/**
 * Why a step is not possible.
 * `offerPending`: we have an offer outstanding; a request of the peer with one is answered 491 (RFC 3311 5.2, RFC 3261 14.2).
 * `answerOwed`: the peer's offer is not answered yet; another one is answered 500 with Retry-After (RFC 3311 5.2).
 * `noOffer`: there is nothing to answer.
 */
export type OfferAnswerRefusal = 'offerPending' | 'answerOwed' | 'noOffer';

export type OfferAnswerStep =
  | { readonly ok: true; readonly state: OfferAnswer }
  | { readonly ok: false; readonly refusal: OfferAnswerRefusal };

const refusalOfNewOffer = { offerSent: 'offerPending', offerReceived: 'answerOwed' } as const;

export function sendOffer(state: OfferAnswer, offer: SessionDescription): OfferAnswerStep {
  if (state.phase !== 'idle') return { ok: false, refusal: refusalOfNewOffer[state.phase] };
  return { ok: true, state: { ...state, phase: 'offerSent', offer } };
}

export function receiveOffer(state: OfferAnswer, offer: SessionDescription): OfferAnswerStep {
  if (state.phase !== 'idle') return { ok: false, refusal: refusalOfNewOffer[state.phase] };
  return { ok: true, state: { ...state, phase: 'offerReceived', offer } };
}

export function sendAnswer(state: OfferAnswer, answer: SessionDescription): OfferAnswerStep {
  if (state.phase !== 'offerReceived') return { ok: false, refusal: 'noOffer' };
  return { ok: true, state: { phase: 'idle', local: answer, remote: state.offer, offer: undefined } };
}

/** An answer without an offer of ours is the same SDP again (a 200 after a reliable 183) and to be ignored (RFC 3261 13.2.1). */
export function receiveAnswer(state: OfferAnswer, answer: SessionDescription): OfferAnswerStep {
  if (state.phase !== 'offerSent') return { ok: false, refusal: 'noOffer' };
  return { ok: true, state: { phase: 'idle', local: state.offer, remote: answer, offer: undefined } };
}

/** The outstanding offer was refused or its request failed: what was agreed before holds (RFC 3261 14.1, RFC 3311 5.2). */
export function dropOffer(state: OfferAnswer): OfferAnswer {
  return { ...state, phase: 'idle', offer: undefined };
}
