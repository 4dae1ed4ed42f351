/**
 * A call that the UE receives: performs what `terminating-call.machine.ts` decides.
 * TS 24.229 5.1.4.1, 5.1.5; RFC 3261 13.3; RFC 3262 3; RFC 3312 6.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { MediaReport } from '../../media/index.js';
import {
  dialogFromRequest,
  dialogKey,
  type Headers,
  hostPort,
  ReliableProvisionals,
  type ServerRequest,
  type SipRequest,
  ueTimers,
} from '../../sip/index.js';
import type { Call, CallUser } from './call.js';
import { CallDialog } from './call-dialog.js';
import { refusalText } from './call-failure.js';
import { CallHold } from './call-hold.js';
import { CallMedia, hasPreconditions, sdpType } from './call-media.js';
import { CallStatus } from './call-status.js';
import type { AnswerBehaviour } from './config.js';
import { terminatingCall } from './terminating-call.machine.js';
import type { CallOutcome, CallState, RequestOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export interface TerminatingCallOptions extends CallUser {
  /** The INVITE. */
  readonly server: ServerRequest;
  /** The public identity of this UE. */
  readonly identity: string;
  readonly answer: AnswerBehaviour;
  readonly onOutcome: (outcome: CallOutcome) => void;
}

/** Longer than 64*T1, so that what the caller does not acknowledge is told from what it is slow with. */
const setupMaxMs = 150_000;

export class TerminatingCall implements Call {
  readonly #agent: UserAgent;
  readonly #options: TerminatingCallOptions;
  readonly #server: ServerRequest;
  readonly #media: CallMedia;
  readonly #dialog: CallDialog;
  readonly #status = new CallStatus();
  readonly #hold: CallHold;
  readonly #provisionals: ReliableProvisionals;
  readonly #machine: Instance<typeof terminatingCall> | undefined;
  readonly #startedAt: number;
  #isOver = false;
  #ringingAfterMs: number | undefined;
  #answeredAfterMs: number | undefined;
  /** The answer overtook the PRACK of the 180. */
  #isPrackDue = false;
  #problem: string | undefined;
  #report: MediaReport | undefined;

  constructor(agent: UserAgent, options: TerminatingCallOptions) {
    const { server, answer } = options;
    const invite = server.message;
    const { bearerMs, ringMs, reliableRinging } = agent.config.call;
    this.#agent = agent;
    this.#options = options;
    this.#server = server;
    this.#startedAt = agent.environment.clock.now();
    this.#media = new CallMedia(agent, () => {
      if (this.#status.isAnswered) this.reportTalking();
    });
    const onUnacknowledged = (): void => this.#machine?.send({ type: 'sip.acknowledgementMissing' });
    const dialog = dialogFromRequest(invite, server.localTag);
    const onExpired = (text: string): void => this.#giveUp(text);
    this.#dialog = new CallDialog(agent, this.#media, dialog, { onUnacknowledged, onExpired });
    this.#dialog.learnPeer(invite);
    this.#hold = new CallHold(agent, {
      callId: dialog.callId,
      isCaller: false,
      dialog: () => (this.#machine?.state === 'talking' ? this.#dialog : undefined),
      onLost: (text) => this.#giveUp(`${agent.name} ended the call: ${text}`),
    });
    this.#provisionals = new ReliableProvisionals({
      host: agent.host,
      random: agent.random,
      server,
      timers: ueTimers,
      onUnacknowledged,
    });
    const canPrack = hasTag(invite, '100rel');
    const preconditions = canPrack && hasTag(invite, 'precondition') && hasPreconditions(invite);
    const verdict = this.#media.takeOffer(invite);
    if (preconditions) this.#media.beginPreconditions(bearerMs === 0); // CALL-21
    server.onCancel(() => this.#machine?.send({ type: 'sip.cancel' }));
    this.#machine = agent.host.create(terminatingCall, {
      id: `terminatingCall:${invite.callId}`,
      input: {
        bearerMs,
        ringMs,
        reliableRinging: canPrack && (reliableRinging || invite.hasOption('Require', '100rel')), // RFC 3262 3
        answer,
        preconditions,
        remoteReady: this.#media.remoteReady,
        refusalStatus: verdict === 'taken' ? (this.#media.preconditionsFailed ? 580 : undefined) : verdict, // CALL-20
        setupMaxMs,
      },
      owner: this,
      effects,
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get callId(): string {
    return this.#dialog.dialog.callId;
  }

  get state(): CallState {
    return this.#status.state;
  }

  onState(listener: (state: CallState) => void): void {
    this.#status.onState(listener);
  }

  owns(request: SipRequest): boolean {
    return this.#dialog.key === dialogKey(request, 'uas');
  }

  receive(server: ServerRequest): void {
    const request = server.message;
    const { method } = request;
    if (server.isAck) this.#machine?.send({ type: 'sip.ack', request: server });
    else if (!this.#dialog.isInOrder(server)) return;
    else if (method === 'PRACK') this.#onPrack(server);
    else if (method === 'BYE') this.#machine?.send({ type: 'sip.bye', request: server });
    else if (method === 'OPTIONS') server.reply(200);
    else if (method === 'MESSAGE') this.#options.onMessage(server);
    else {
      // The answer is made when the machine has heard of it, so this looks ahead.
      const remoteReady = this.#media.remoteReadyAfter(request);
      this.#machine?.send({ type: 'sip.offer', request: server, remoteReady });
    }
  }

  answer(): boolean {
    const isPossible = this.#machine?.state === 'setup.ringing';
    if (isPossible) this.#machine?.send({ type: 'ue.answer' });
    return isPossible;
  }

  reject(status: number): boolean {
    const isPossible = status >= 300 && status < 700 && this.#isSetUp;
    if (isPossible) this.#machine?.send({ type: 'ue.reject', status });
    return isPossible;
  }

  /** A callee does not cancel. */
  cancel(): boolean {
    return false;
  }

  hangUp(): boolean {
    const state = this.#machine?.state;
    const isPossible = this.#isSetUp || state === 'awaitingAck' || state === 'talking';
    this.#machine?.send({ type: 'ue.hangUp' });
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
    this.#machine?.stop();
    this.#report = this.#media.stop();
    this.#provisionals.stop();
    this.#hold.end();
    this.#dialog.stop();
    this.#tell({ success: false, status: undefined, reason: `${this.#agent.name} was stopped`, clause: undefined });
  }

  /** For the machine, as all that follows. */
  refuse(status: number): void {
    this.#provisionals.stop();
    if (this.#server.finalStatus !== undefined) return;
    const { address } = this.#server.local;
    const warning = `305 ${hostPort(address)} "Incompatible media format"`;
    this.#server.reply(status, status === 488 ? { headers: [['Warning', warning]] } : {});
  }

  sendSessionProgress(): void {
    const body = this.#media.makeAnswer();
    const headers: Headers = [['Require', 'precondition'], ...this.#dialog.answerHeaders];
    this.#provisionals.send(183, body === undefined ? { headers } : { headers, body, contentType: sdpType });
  }

  answerPrack(server: ServerRequest): void {
    const verdict = this.#media.takeOffer(server.message);
    if (verdict !== 'taken') {
      server.reply(verdict);
      return;
    }
    const body = this.#media.makeAnswerTo(server.message);
    server.reply(200, body === undefined ? {} : { body, contentType: sdpType });
  }

  answerOffer(server: ServerRequest): void {
    this.#dialog.answerOffer(server, this.#answeredAfterMs === undefined ? 'theirs' : undefined);
  }

  holdResources(): void {
    this.#media.holdResources();
  }

  ring(reliable: boolean): void {
    this.#ringingAfterMs = this.#elapsed();
    this.#status.become('ringing');
    const headers = this.#dialog.answerHeaders;
    if (reliable) this.#provisionals.send(180, { headers });
    else this.#server.reply(180, { headers });
  }

  accept(): void {
    this.#answeredAfterMs = this.#elapsed();
    this.#isPrackDue = this.#provisionals.isPending;
    this.#provisionals.stop();
    // The answer, unless the 183 had it; an offer where the INVITE had none (RFC 3261 13.3.1.4).
    const agreed = this.#media.agreed !== undefined;
    const body = this.#media.makeAnswer() ?? (agreed ? undefined : this.#media.makeOffer());
    this.#dialog.acceptInvite(this.#server, body);
  }

  takeAcknowledgement(server: ServerRequest): void {
    if (this.#dialog.takeAck(server.message)) {
      this.#media.start();
      return;
    }
    this.#giveUp(`the ACK had no answer to the offer of ${this.#agent.name} that it could use`);
  }

  startMedia(): void {
    this.#media.start();
  }

  stopMedia(): void {
    this.#report = this.#media.stop();
    this.#hold.end();
  }

  sendBye(): void {
    this.#dialog.request('BYE', [], undefined, (status) => {
      if (status < 300) this.#machine?.send({ type: 'sip.byeAnswered' });
      else this.#machine?.send({ type: 'sip.requestFailed', status });
    });
  }

  answerBye(server: ServerRequest): void {
    server.reply(200);
  }

  reportTalking(): void {
    this.#status.become(this.#media.isHeld ? 'held' : 'talking');
  }

  reportReleased(): void {
    const reason = this.#problem ?? `${this.#agent.name} talked to ${this.#caller}`;
    this.#end({ success: this.#problem === undefined, status: 200, reason, clause: undefined });
  }

  reportFailure(status: number): void {
    const reason = `${this.#agent.name} did not talk to ${this.#caller}: ${refusalText(status)}`;
    this.#end({ success: false, status, reason, clause: undefined });
  }

  get #caller(): string {
    const { message } = this.#server;
    return (message.address('P-Asserted-Identity') ?? message.from).uri.text;
  }

  /** RFC 3262 3: 481 for what waits for no PRACK; one that the answer has overtaken still comes in its turn. */
  #onPrack(server: ServerRequest): void {
    const isDue = this.#provisionals.matchPrack(server.message) || this.#isPrackDue;
    this.#isPrackDue = false;
    if (isDue) this.#machine?.send({ type: 'sip.prack', request: server });
    else server.reply(481);
  }

  get #isSetUp(): boolean {
    return this.#machine?.state.startsWith('setup.') === true;
  }

  /** The session cannot go on: BYE. */
  #giveUp(problem: string): void {
    this.#problem ??= problem;
    this.#machine?.send({ type: 'ue.hangUp' });
  }

  #elapsed(): number {
    return this.#agent.environment.clock.now() - this.#startedAt;
  }

  #end(end: Pick<CallOutcome, 'success' | 'status' | 'reason' | 'clause'>): void {
    this.#report ??= this.#media.stop();
    this.#hold.end();
    this.#dialog.stop();
    this.#tell(end);
  }

  #tell(end: Pick<CallOutcome, 'success' | 'status' | 'reason' | 'clause'>): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const state = this.#answeredAfterMs === undefined ? 'failed' : 'released';
    this.#status.become(state);
    this.#options.onEnded(this);
    this.#options.onOutcome({
      callId: this.callId,
      ...end,
      state,
      ringingAfterMs: this.#ringingAfterMs,
      answeredAfterMs: this.#answeredAfterMs,
      media: this.#report,
    });
  }
}

const effects: EffectsOf<typeof terminatingCall, TerminatingCall> = {
  refuse: ({ status }, call) => call.refuse(status),
  sendSessionProgress: (_, call) => call.sendSessionProgress(),
  answerPrack: ({ request }, call) => call.answerPrack(request as ServerRequest),
  answerOffer: ({ request }, call) => call.answerOffer(request as ServerRequest),
  holdResources: (_, call) => call.holdResources(),
  ring: ({ reliable }, call) => call.ring(reliable),
  accept: (_, call) => call.accept(),
  takeAcknowledgement: ({ request }, call) => call.takeAcknowledgement(request as ServerRequest),
  startMedia: (_, call) => call.startMedia(),
  stopMedia: (_, call) => call.stopMedia(),
  sendBye: (_, call) => call.sendBye(),
  answerBye: ({ request }, call) => call.answerBye(request as ServerRequest),
  reportTalking: (_, call) => call.reportTalking(),
  reportReleased: (_, call) => call.reportReleased(),
  reportFailure: ({ status }, call) => call.reportFailure(status),
};

/** The caller supports the extension, or requires it. */
function hasTag(request: SipRequest, option: string): boolean {
  return request.hasOption('Supported', option) || request.hasOption('Require', option);
}
