/**
 * Session descriptions, preconditions and RTP of one call: what each offer and answer changes. Nothing here sends SIP.
 * RFC 3264, RFC 3312, RFC 3311; GSMA IR.92 2.2, 3.2; CALL-20, CALL-21.
 */
import { type MediaReport, MediaSession } from '../../media/index.js';
import {
  answeredPreconditions,
  buildAnswer,
  buildOffer,
  buildReoffer,
  dropOffer,
  formatSdp,
  type LocalAudio,
  type MediaDirection,
  mandatoryMet,
  type NegotiatedAudio,
  negotiatedAudio,
  noOfferYet,
  type OfferAnswer,
  offeredPreconditions,
  type PreconditionLine,
  type PreconditionTable,
  parseSdp,
  preconditionsFailed,
  receiveAnswer,
  receiveOffer,
  receivePreconditions,
  type SessionDescription,
  sendAnswer,
  sendOffer,
  succeeding,
  withConfirmed,
  withLocalReserved,
} from '../../sdp/index.js';
import { bodyOfType, type SipMessage } from '../../sip/index.js';
import type { UserAgent } from './user-agent.js';

export const sdpType = 'application/sdp';

/** What is offered to hold, by what is agreed from our side. RFC 3264 8.4, TS 24.610 4.5.2.1. */
const heldDirection: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendrecv: 'sendonly',
  recvonly: 'inactive',
  sendonly: 'sendonly',
  inactive: 'inactive',
};

/** And to resume. TS 24.610 4.5.2.1: whoever is held itself only wants to hear again. */
const resumedDirection: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendonly: 'sendrecv',
  inactive: 'recvonly',
  sendrecv: 'sendrecv',
  recvonly: 'recvonly',
};

/** What became of an offer of the peer: taken, or the status to refuse it with. */
export type OfferVerdict = 'taken' | 488 | 491 | 500;

export class CallMedia {
  readonly #agent: UserAgent;
  readonly #local: LocalAudio;
  #state: OfferAnswer = noOfferYet;
  /** The first offer of a call we make; in each early dialog it is answered anew (SIP-55). */
  #firstOffer: SessionDescription | undefined;
  #preconditions: PreconditionTable | undefined;
  #session: MediaSession | undefined;
  #isStarted = false;
  /** The user holds the other side: whatever it offers, nothing is to be received (RFC 6337 5.3). */
  #isHolding = false;
  readonly #onAgreement: () => void;
  #report: MediaReport | undefined;

  /** @param onAgreement offer and answer have met, once more or for the first time */
  constructor(agent: UserAgent, onAgreement: () => void) {
    const { rtp, codecs } = agent.config.call;
    this.#agent = agent;
    this.#onAgreement = onAgreement;
    this.#local = { address: rtp.address, port: rtp.port, sessionId: agent.makeSessionId(), codecs };
  }

  /** Offer and answer have met, and there is audio in them. */
  get agreed(): NegotiatedAudio | undefined {
    const { local, remote } = this.#state;
    const audio = local === undefined || remote === undefined ? undefined : negotiatedAudio(local, remote);
    // RFC 3264 8.4: the way of RFC 2543 to hold.
    if (audio?.remote.address !== '0.0.0.0') return audio;
    return { ...audio, direction: audio.direction === 'sendrecv' ? 'recvonly' : 'inactive' };
  }

  /** One side holds the other, or both do: media does not flow both ways. */
  get isHeld(): boolean {
    const { agreed } = this;
    return agreed !== undefined && agreed.direction !== 'sendrecv';
  }

  /** What has flowed until now. Undefined: nothing ever has. */
  get report(): MediaReport | undefined {
    return this.#isStarted ? (this.#session?.report() ?? this.#report) : undefined;
  }

  /** An offer of ours waits for its answer. */
  get awaitsAnswer(): boolean {
    return this.#state.phase === 'offerSent';
  }

  /** Both sides' mandatory preconditions are met, but for our own resources (RFC 3312 6). */
  get remoteReady(): boolean {
    return this.#preconditions === undefined || mandatoryMet(withLocalReserved(this.#preconditions, true));
  }

  /** The caller demands what cannot be had. RFC 3312 8. */
  get preconditionsFailed(): boolean {
    return this.#preconditions !== undefined && preconditionsFailed(this.#preconditions);
  }

  /** The same as `remoteReady`, once the offer of `message` is taken. */
  remoteReadyAfter(message: SipMessage): boolean {
    const lines = preconditionLinesOf(message);
    if (this.#preconditions === undefined) return true;
    return mandatoryMet(withLocalReserved(receivePreconditions(this.#preconditions, lines), true));
  }

  /** The offer of an INVITE, or of the 2xx to one without; with preconditions where `reserved` is given. CALL-20, CALL-21. */
  makeOffer(reserved?: boolean): string {
    this.#preconditions = reserved === undefined ? undefined : offeredPreconditions(reserved);
    const offer = buildOffer(this.#local, { preconditions: this.#preconditions });
    this.#firstOffer = offer;
    return this.#send(offer);
  }

  /** The offer of an UPDATE which says that our resources stand (RFC 3312 7). Undefined: one is outstanding, or nothing agreed. */
  makeConfirmation(): string | undefined {
    const { local, remote, phase } = this.#state;
    if (local === undefined || remote === undefined || phase !== 'idle') return undefined;
    this.#preconditions = this.#preconditions && withConfirmed(withLocalReserved(this.#preconditions, true));
    return this.#send(buildReoffer(local, remote, { preconditions: this.#preconditions }));
  }

  /** The full offer in the 2xx to a re-INVITE without one (CALL-51): what we want, whatever was agreed (RFC 6337 5.3). */
  makeFurtherOffer(): string | undefined {
    const { local, phase } = this.#state;
    if (local === undefined || phase !== 'idle') return undefined;
    return this.#send(succeeding(local, buildOffer(this.#local, { direction: this.#direction })));
  }

  /** The offer that holds the other side, or ends that. Undefined: one is outstanding, or nothing agreed. */
  makeHoldOffer(holding: boolean): string | undefined {
    const { local, remote, phase } = this.#state;
    const { agreed } = this;
    if (local === undefined || remote === undefined || agreed === undefined || phase !== 'idle') return undefined;
    const direction = (holding ? heldDirection : resumedDirection)[agreed.direction];
    return this.#send(buildReoffer(local, remote, { direction }));
  }

  /** The offer of a re-INVITE that changes nothing (RFC 4028 7.4). Undefined: as above. */
  makeSameOffer(): string | undefined {
    const { local, remote, phase } = this.#state;
    if (local === undefined || remote === undefined || phase !== 'idle') return undefined;
    return this.#send(buildReoffer(local, remote));
  }

  /** The answer to a hold offer. False: it has none of use. */
  takeHoldAnswer(holding: boolean, message: SipMessage): boolean {
    if (!this.takeAnswer(message) || this.awaitsAnswer) return false;
    this.#isHolding = holding;
    return true;
  }

  /** Takes the answer of a message to our outstanding offer. False: it has one that is of no use. None, or none due: true. */
  takeAnswer(message: SipMessage): boolean {
    const text = bodyOfType(message, sdpType);
    if (text === undefined || !this.awaitsAnswer) return true;
    const answer = parseSdp(text);
    const step = answer && receiveAnswer(this.#state, answer);
    if (answer === undefined || step?.ok !== true) return false;
    this.#state = step.state;
    this.#receivePreconditions(preconditionLines(answer));
    this.#restart();
    return this.agreed !== undefined;
  }

  /** Takes the offer of a message. `taken` when it has none. */
  takeOffer(message: SipMessage): OfferVerdict {
    const text = bodyOfType(message, sdpType);
    if (text === undefined) return 'taken';
    const offer = parseSdp(text);
    if (offer === undefined || buildAnswer(offer, this.#local) === undefined) return 488; // RFC 3261 21.4.26
    const step = receiveOffer(this.#state, offer);
    if (!step.ok) return step.refusal === 'offerPending' ? 491 : 500; // RFC 3311 5.2, RFC 3261 14.2
    this.#state = step.state;
    this.#receivePreconditions(preconditionLines(offer));
    return 'taken';
  }

  /** From the first offer of a caller that supports them. */
  beginPreconditions(reserved: boolean): void {
    const { offer } = this.#state;
    this.#preconditions = offer && answeredPreconditions(preconditionLines(offer), reserved);
  }

  /** Our access carries the call now. */
  holdResources(): void {
    this.#preconditions = this.#preconditions && withLocalReserved(this.#preconditions, true);
  }

  /** The answer to the offer of `message`, where it had one. That of an INVITE may still wait for its own. */
  makeAnswerTo(message: SipMessage): string | undefined {
    return bodyOfType(message, sdpType) === undefined ? undefined : this.makeAnswer();
  }

  /** The answer to the offer that was taken. Undefined: there is none to answer. */
  makeAnswer(): string | undefined {
    const { offer, local } = this.#state;
    if (this.#state.phase !== 'offerReceived' || offer === undefined) return undefined;
    // RFC 3312 5: in the answer where they are in the offer.
    const preconditions = preconditionLines(offer).length > 0 ? this.#preconditions : undefined;
    const options = { preconditions, previous: local, direction: this.#direction };
    const answer = buildAnswer(offer, this.#local, options);
    const step = answer && sendAnswer(this.#state, answer);
    if (answer === undefined || step?.ok !== true) return undefined;
    this.#open();
    this.#state = step.state;
    this.#restart();
    return formatSdp(answer);
  }

  /** Our offer was refused, or its request failed: what was agreed before holds. */
  dropOffer(): void {
    this.#state = dropOffer(this.#state);
  }

  /** A 2xx from another early dialog than the one that answered so far: its answer counts (SIP-55). */
  adopt(message: SipMessage): boolean {
    if (this.#firstOffer !== undefined) this.#state = { ...noOfferYet, phase: 'offerSent', offer: this.#firstOffer };
    return this.takeAnswer(message);
  }

  /** RTP flows from here on. Nothing happens before offer and answer have met, or when it flows. */
  start(): void {
    const { agreed } = this;
    if (agreed === undefined || this.#session === undefined || this.#isStarted) return;
    this.#isStarted = true;
    this.#session.start(agreed);
  }

  /** Ends RTP, frees the ports, and tells what came. Undefined: none ever flowed. */
  stop(): MediaReport | undefined {
    if (this.#session === undefined) return this.#report;
    const report = this.#session.stop();
    this.#session = undefined;
    if (!this.#isStarted) return undefined;
    this.#report = report;
    const [problem] = report.problems;
    if (problem !== undefined) {
      this.#agent.explain('cause.media', `${this.#agent.name} found a problem in the media: ${problem}`, 'RFC 3550');
    }
    return report;
  }

  #send(offer: SessionDescription): string {
    this.#open();
    const step = sendOffer(this.#state, offer);
    if (step.ok) this.#state = step.state;
    return formatSdp(offer);
  }

  /** The ports are bound before the description that names them leaves. */
  #open(): void {
    if (this.#session !== undefined || this.#report !== undefined) return;
    const { address, port } = this.#local;
    this.#session = new MediaSession({
      environment: this.#agent.environment,
      local: { address, port },
      onError: (code, message) => {
        const text = `${this.#agent.name} cannot use ${address} port ${port} for RTP: ${message} (${code})`;
        this.#agent.explain('cause.media', text, undefined);
      },
    });
  }

  /** A new agreement changes what flows. */
  #restart(): void {
    const { agreed } = this;
    if (this.#isStarted && agreed !== undefined) this.#session?.start(agreed);
    this.#onAgreement();
  }

  /** Widest that we want. */
  get #direction(): MediaDirection {
    return this.#isHolding ? 'sendonly' : 'sendrecv';
  }

  #receivePreconditions(lines: readonly PreconditionLine[]): void {
    this.#preconditions = this.#preconditions && receivePreconditions(this.#preconditions, lines);
  }
}

/** True where a message's session description has preconditions. */
export function hasPreconditions(message: SipMessage): boolean {
  return preconditionLinesOf(message).length > 0;
}

function preconditionLinesOf(message: SipMessage): readonly PreconditionLine[] {
  const text = bodyOfType(message, sdpType);
  const description = text === undefined ? undefined : parseSdp(text);
  return description === undefined ? [] : preconditionLines(description);
}

/** Of the first section that has any: a call of ours has one stream. */
function preconditionLines({ media }: SessionDescription): readonly PreconditionLine[] {
  return media.find(({ preconditions }) => preconditions.length > 0)?.preconditions ?? [];
}
