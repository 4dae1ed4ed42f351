/**
 * A call that the UE makes: performs what `originating-call.machine.ts` decides.
 * TS 24.229 5.1.3.1, 5.1.5; RFC 3261 13.2; RFC 3262 4; RFC 3311; RFC 3312.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { MediaReport } from '../../media/index.js';
import {
  type ClientTransaction,
  rackFor,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import type { Call, CallUser } from './call.js';
import { callFailure } from './call-failure.js';
import { CallHold } from './call-hold.js';
import { CallMedia, hasPreconditions } from './call-media.js';
import { CallStatus } from './call-status.js';
import { type EarlyDialog, EarlyDialogs } from './early-dialogs.js';
import { type Failure, HELD_BACK, unanswered, unansweredYet } from './failure.js';
import { inviteRequest } from './invite-request.js';
import { type CancelCause, originatingCall } from './originating-call.machine.js';
import type { CallOutcome, CallState, RequestOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export interface OriginatingCallOptions extends CallUser {
  /** SIP or tel URI. */
  readonly target: string;
  readonly holdForMs: number | undefined;
  readonly identity: string;
  readonly serviceRoute: readonly string[];
  readonly onOutcome: (outcome: CallOutcome) => void;
  /** The final response to the INVITE, before the outcome; undefined: none came. */
  readonly onRefused: (response: SipResponse | undefined) => void;
}

/** Shorter than what a scenario waits for, so that the outcome says what was wrong. */
const answerMaxMs = 30_000;
/** Longer than 64*T1, so that a request without an answer is told from a callee that is slow. */
const setupMaxMs = 180_000;

export class OriginatingCall implements Call {
  readonly #agent: UserAgent;
  readonly #options: OriginatingCallOptions;
  readonly #media: CallMedia;
  readonly #invite: SipRequest;
  readonly #machine: Instance<typeof originatingCall>;
  readonly #startedAt: number;
  readonly #dialogs: EarlyDialogs;
  readonly #status = new CallStatus();
  readonly #hold: CallHold;
  #transaction: ClientTransaction | undefined;
  /** The dialog whose answer is in force; of several the first, until a 2xx chooses. */
  #current: EarlyDialog | undefined;
  #ringingAfterMs: number | undefined;
  #answeredAfterMs: number | undefined;
  #failure: Failure | undefined;
  #report: MediaReport | undefined;
  #isReported = false;

  constructor(agent: UserAgent, options: OriginatingCallOptions) {
    const { target, holdForMs, identity, serviceRoute } = options;
    const { bearerMs } = agent.config.call;
    this.#agent = agent;
    this.#options = options;
    this.#startedAt = agent.environment.clock.now();
    this.#media = new CallMedia(agent, () => {
      if (this.#status.isAnswered) this.reportTalking();
    });
    const callId = agent.makeCallId();
    this.#invite = inviteRequest(agent, {
      target,
      identity,
      serviceRoute,
      callId,
      tag: agent.makeTag(),
      offer: this.#media.makeOffer(bearerMs === 0), // CALL-21
    });
    this.#dialogs = new EarlyDialogs(agent, this.#media, this.#invite, {
      onUnacknowledged: () => this.#machine.send({ type: 'ue.hangUp' }),
      onExpired: (text) => this.#giveUp(text, 'RFC 4028 §10'),
    });
    this.#hold = new CallHold(agent, {
      callId,
      isCaller: true,
      dialog: () => (this.#isTalking ? this.#current?.dialog : undefined),
      onLost: (text, clause) => this.#giveUp(`${agent.name} ended the call: ${text}`, clause),
    });
    this.#machine = agent.host.create(originatingCall, {
      id: `originatingCall:${callId}`,
      input: { bearerMs, holdForMs, setupMaxMs, answerMaxMs },
      owner: this,
      effects,
    });
  }

  get callId(): string {
    return this.#invite.callId;
  }

  get state(): CallState {
    return this.#status.state;
  }

  onState(listener: (state: CallState) => void): void {
    this.#status.onState(listener);
  }

  owns({ callId, toTag, fromTag }: SipRequest): boolean {
    return callId === this.callId && toTag === this.#invite.fromTag && this.#dialogs.withTag(fromTag) !== undefined;
  }

  receive(server: ServerRequest): void {
    const { method, fromTag } = server.message;
    const { dialog } = this.#dialogs.withTag(fromTag)!;
    if (server.isAck) {
      if (!dialog.takeAck(server.message)) this.#machine.send({ type: 'ue.hangUp' });
    } else if (!dialog.isInOrder(server)) return;
    else if (this.#current !== undefined && this.#current.dialog !== dialog) server.reply(method === 'BYE' ? 200 : 481);
    else if (method === 'BYE') this.#machine.send({ type: 'sip.bye', request: server });
    else if (method === 'UPDATE' || method === 'INVITE') this.#machine.send({ type: 'sip.offer', request: server });
    else if (method === 'MESSAGE') this.#options.onMessage(server);
    else server.reply(method === 'OPTIONS' ? 200 : 481); // a PRACK of nothing
  }

  /** A caller does not answer. */
  answer(): boolean {
    return false;
  }

  reject(): boolean {
    return false;
  }

  cancel(): boolean {
    const isPossible = this.#isSetUp;
    if (isPossible) this.#machine.send({ type: 'ue.hangUp' });
    return isPossible;
  }

  hangUp(): boolean {
    const isPossible = this.#isSetUp || this.#isTalking;
    this.#machine.send({ type: 'ue.hangUp' });
    return isPossible;
  }

  hold(done: (outcome: RequestOutcome) => void): void {
    this.#hold.hold(done);
  }

  resume(done: (outcome: RequestOutcome) => void): void {
    this.#hold.resume(done);
  }

  media(): MediaReport | undefined {
    return this.#report ?? this.#media.report;
  }

  stop(): void {
    this.#machine.stop();
    this.#finish();
    this.#tell(false, { status: undefined, text: `${this.#agent.name} was stopped`, clause: undefined });
  }

  /** For the machine, as all that follows. */
  sendInvite(): void {
    const { sip, access } = this.#agent;
    this.#transaction = sip.sendRequest(this.#invite, access.destinations, {
      onResponse: (response) => this.#onResponse(response),
      onTimeout: () => this.#onNothing(408, undefined),
      onTransportError: (reason) => this.#onNothing(503, reason),
    });
  }

  acknowledgeProvisional(response: SipResponse): void {
    const early = this.#dialogs.withTag(response.toTag);
    const rack = rackFor(response);
    if (early === undefined || rack === undefined) return;
    const isUsable = early !== this.#current || this.#media.takeAnswer(response);
    early.dialog.request('PRACK', [['RAck', rack]], undefined, (status) => {
      if (status < 300) this.#machine.send({ type: 'sip.prackAnswered' });
      else if (response.body !== '') this.#fail('PRACK', status); // nothing depends on that of a mere 180
    });
    if (!isUsable) this.#failDescription(response.status);
  }

  confirmResources(): void {
    const offer = this.#media.makeConfirmation();
    const headers: readonly (readonly [string, string])[] = [
      ['Contact', this.#agent.sessionContact],
      ['Require', 'precondition'], // RFC 3312 11: the offer has mandatory strength
    ];
    this.#current?.dialog.request('UPDATE', headers, offer, (status, response) => {
      if (response !== undefined && status < 300) {
        this.#machine.send({ type: 'sip.updateAnswered', response });
        return;
      }
      this.#media.dropOffer();
      this.#fail('UPDATE', status);
    });
  }

  applyAnswer(response: SipResponse): void {
    if (!this.#media.takeAnswer(response)) this.#failDescription(response.status);
  }

  acknowledgeAnswer(response: SipResponse): void {
    this.#answeredAfterMs = this.#elapsed();
    const early = this.#dialogs.of(response);
    if (early === undefined) return;
    early.dialog.confirm(response);
    const hasSwitched = this.#current !== undefined && this.#current !== early;
    this.#current = early;
    const answer = early.description ?? response;
    const isUsable = hasSwitched ? this.#media.adopt(answer) : this.#media.takeAnswer(response);
    this.#dialogs.acknowledge(early);
    // RFC 3261 13.2.2.4: an answer that is of no use ends the session it has begun.
    if (!isUsable || this.#media.agreed === undefined) this.#failDescription(response.status);
  }

  startMedia(): void {
    this.#media.start();
  }

  stopMedia(): void {
    this.#report = this.#media.stop();
    this.#hold.end();
  }

  sendBye(): void {
    this.#current?.dialog.request('BYE', [], undefined, (status, response) => {
      if (status < 300) {
        this.#machine.send({ type: 'sip.byeAnswered' });
        return;
      }
      const text = `${this.#agent.name} got no answer to its BYE`;
      // Any answer, 481 too, means that the call is over there.
      if (response === undefined) this.#failure ??= { status: undefined, text, clause: 'RFC 3261 §15.1.1' };
      this.#machine.send({ type: 'sip.requestFailed', status });
    });
  }

  sendCancel(cause: CancelCause): void {
    if (cause === 'noAnswer') this.#failure ??= this.#noAnswer();
    else if (cause === 'hungUp') {
      const text = `${this.#agent.name} hung up before an answer came`;
      this.#failure ??= { status: undefined, text, clause: undefined };
    }
    this.#transaction?.cancel();
  }

  answerBye(server: ServerRequest): void {
    server.reply(200);
  }

  answerOffer(server: ServerRequest): void {
    const early = this.#dialogs.withTag(server.message.fromTag);
    early?.dialog.answerOffer(server, early.ack === undefined ? 'ours' : undefined);
  }

  /** The 2xx crossed our CANCEL. */
  releaseLateAnswer(response: SipResponse): void {
    const early = this.#dialogs.of(response);
    if (early !== undefined) this.#dialogs.release(early, response);
  }

  reportSilence(method: 'INVITE' | 'BYE'): void {
    const { name, proxyText } = this.#agent;
    const isTaken = this.#current?.dialog.isTaken(method) ?? false;
    const { text, clause } = unansweredYet(name, method, proxyText, isTaken);
    this.#agent.explain('cause.noAnswer', text, clause);
  }

  reportSlowness(): void {
    if (this.#ringingAfterMs !== undefined) return;
    const text = `the call of ${this.#agent.name} has not got as far as ringing in 30 s: see the last message in the ladder`;
    this.#agent.explain('cause.noRinging', text, 'RFC 3261 §13.2.1');
  }

  reportRinging(): void {
    this.#ringingAfterMs ??= this.#elapsed();
    this.#status.become('ringing');
  }

  reportTalking(): void {
    this.#status.become(this.#media.isHeld ? 'held' : 'talking');
  }

  reportReleased(): void {
    const { name } = this.#agent;
    const text = `${name} talked to ${this.#options.target}`;
    this.#end(this.#failure === undefined, this.#failure ?? { status: 200, text, clause: undefined });
  }

  reportFailure(status: number | undefined, response: SipResponse | undefined): void {
    const failure = response === undefined ? undefined : callFailure(response);
    // What we gave up for says more than the 487 that follows; its status is what a scenario sees.
    const known = this.#failure && { ...this.#failure, status: this.#failure.status ?? response?.status };
    const text = `the network did not answer INVITE (${status})`;
    this.#end(false, known ?? failure ?? { status: undefined, text, clause: undefined });
  }

  #onResponse(response: SipResponse): void {
    const { status } = response;
    if (status < 200) this.#machine.send({ type: 'sip.trying' });
    if (status > 100 && status < 200) this.#onProvisional(response);
    else if (status >= 300) {
      this.#options.onRefused(response);
      this.#machine.send({ type: 'sip.rejected', status, response });
    } else if (status >= 200) this.#onAnswered(response);
  }

  #onProvisional(response: SipResponse): void {
    const early = this.#dialogs.of(response);
    const kind = early === undefined ? 'plain' : this.#dialogs.takeProvisional(response, early);
    if (kind === 'repeated') return;
    const reliable = kind === 'reliable';
    if (reliable) this.#current ??= early;
    const ringing = response.status === 180;
    // Only whoever is still to get its resources confirms them: RFC 3312 7.
    const preconditions = this.#agent.config.call.bearerMs > 0 && hasPreconditions(response) && early === this.#current;
    this.#machine.send({ type: 'sip.provisional', response, reliable, preconditions, ringing });
  }

  #onAnswered(response: SipResponse): void {
    const early = this.#dialogs.of(response);
    // RFC 3261 13.2.2.4: each repetition is acknowledged again, and of several callees one is kept.
    if (early?.ack !== undefined) early.dialog.sendAck(early.ack);
    else if (early !== undefined && this.#dialogs.isAnswered) this.#dialogs.release(early, response);
    else this.#machine.send({ type: 'sip.answered', response });
  }

  #onNothing(status: number, reason: string | undefined): void {
    if (this.#failure === undefined) {
      const { name, proxyText } = this.#agent;
      const { text, clause } = unanswered('INVITE', proxyText, reason);
      this.#failure = { status: undefined, text: `${name} ${text}`, clause };
      this.#agent.explain('cause.noAnswer', this.#failure.text, clause);
    }
    if (reason !== HELD_BACK) this.#options.onRefused(undefined);
    this.#machine.send({ type: 'sip.rejected', status, response: undefined });
  }

  /** The session cannot go on: BYE, or CANCEL. */
  #giveUp(text: string, clause: string): void {
    this.#failure ??= { status: undefined, text, clause };
    this.#machine.send({ type: 'ue.hangUp' });
  }

  /**
   * PRACK or UPDATE failed. Once the call is answered nothing depends on them, but that an UPDATE meets no dialog; a PRACK
   * answered 481 has only met no provisional response (RFC 3262 3).
   */
  #fail(method: string, status: number): void {
    if (this.#dialogs.isAnswered) {
      const isLost = method === 'UPDATE' && (status === 408 || status === 481); // RFC 3261 12.2.1.2, SIP-54
      const text = `${this.#agent.name} ended the call: its UPDATE ended with ${status}`;
      if (isLost) this.#giveUp(text, 'RFC 3261 §12.2.1.2');
      return;
    }
    const text = `${this.#agent.name} got ${status} for its ${method}, which the set-up depends on`;
    this.#failure ??= { status: undefined, text, clause: 'RFC 3261 §12.2.1.2' };
    this.#machine.send({ type: 'sip.requestFailed', status });
  }

  #failDescription(status: number): void {
    this.#giveUp(
      `the session description in the ${status} has no audio that ${this.#agent.name} can use`,
      'RFC 3264 §6',
    );
  }

  #noAnswer(): Failure {
    const { name } = this.#agent;
    const text =
      this.#ringingAfterMs === undefined
        ? `the call of ${name} did not get as far as ringing in ${setupMaxMs / 1000} s: see the last message in the ladder`
        : `the callee of ${name} rang, but nobody answered within ${answerMaxMs / 1000} s`;
    return { status: undefined, text, clause: undefined };
  }

  get #isSetUp(): boolean {
    return this.#machine.state.startsWith('setup.');
  }

  get #isTalking(): boolean {
    return this.#machine.state.startsWith('talking.');
  }

  #elapsed(): number {
    return this.#agent.environment.clock.now() - this.#startedAt;
  }

  #end(success: boolean, end: Failure): void {
    if (this.#machine.done) {
      this.#finish();
      this.#options.onEnded(this);
    }
    this.#tell(success, end);
  }

  /** Nothing of it is left but its state. */
  #finish(): void {
    this.#report ??= this.#media.stop();
    this.#hold.end();
    this.#current?.dialog.stop();
  }

  #tell(success: boolean, { status, text, clause }: Failure): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const state = this.#answeredAfterMs === undefined ? 'failed' : 'released';
    this.#status.become(state);
    this.#options.onOutcome({
      callId: this.callId,
      success,
      state,
      status,
      reason: text,
      clause,
      ringingAfterMs: this.#ringingAfterMs,
      answeredAfterMs: this.#answeredAfterMs,
      media: this.#report,
    });
  }
}

const effects: EffectsOf<typeof originatingCall, OriginatingCall> = {
  sendInvite: (_, call) => call.sendInvite(),
  acknowledgeProvisional: ({ response }, call) => call.acknowledgeProvisional(response as SipResponse),
  confirmResources: (_, call) => call.confirmResources(),
  applyAnswer: ({ response }, call) => call.applyAnswer(response as SipResponse),
  answerOffer: ({ request }, call) => call.answerOffer(request as ServerRequest),
  acknowledgeAnswer: ({ response }, call) => call.acknowledgeAnswer(response as SipResponse),
  startMedia: (_, call) => call.startMedia(),
  stopMedia: (_, call) => call.stopMedia(),
  sendBye: (_, call) => call.sendBye(),
  sendCancel: ({ cause }, call) => call.sendCancel(cause),
  answerBye: ({ request }, call) => call.answerBye(request as ServerRequest),
  releaseLateAnswer: ({ response }, call) => call.releaseLateAnswer(response as SipResponse),
  reportSilence: ({ method }, call) => call.reportSilence(method),
  reportSlowness: (_, call) => call.reportSlowness(),
  reportRinging: (_, call) => call.reportRinging(),
  reportTalking: (_, call) => call.reportTalking(),
  reportReleased: (_, call) => call.reportReleased(),
  reportFailure: ({ status, response }, call) => call.reportFailure(status, response as SipResponse | undefined),
};
