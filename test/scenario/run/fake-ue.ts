/** UEs that do what a test tells them, on virtual time, and calls between them. */
import type { Clock, Timer } from '../../../src/environment/index.js';
import type {
  CallHandle,
  CallOutcome,
  CallState,
  MessageOutcome,
  RegistrationOutcome,
  RequestOutcome,
  UeNode,
} from '../../../src/ims/ue/ue.js';
import type { MediaReport } from '../../../src/media/index.js';

export const registered: RegistrationOutcome = {
  success: true,
  status: 200,
  expires: 600_000,
  reason: 'registered',
  clause: undefined,
};

export const refused: RegistrationOutcome = {
  success: false,
  status: 403,
  expires: undefined,
  reason: 'the network answered 403',
  clause: undefined,
};

export const delivered: MessageOutcome = { success: true, status: 202, reason: 'delivered', clause: undefined };
const done: RequestOutcome = { success: true, status: 200, reason: 'done', clause: undefined };

export interface Behaviour {
  readonly registration?: RegistrationOutcome | 'silent';
  readonly message?: MessageOutcome | 'silent';
  /** What the callee does when a call comes. */
  readonly answer?: 'accept' | 'busy' | 'ring' | 'deaf';
  /** RTP that reaches it while it talks. */
  readonly hears?: boolean;
  readonly hold?: RequestOutcome | 'silent';
}

const RINGING_MS = 300;
const ANSWER_MS = 500;

/** One end of a call. */
class FakeEnd implements CallHandle {
  state: CallState = 'setup';
  readonly #listeners: ((state: CallState) => void)[] = [];

  constructor(
    private readonly call: FakeCall,
    private readonly ue: FakeUe,
  ) {}

  get callId(): string {
    return this.call.callId;
  }

  enter(state: CallState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }

  onState(listener: (state: CallState) => void): void {
    this.#listeners.push(listener);
  }

  answer(): boolean {
    return this.state === 'ringing' && this.call.answer();
  }

  reject(status: number): boolean {
    return this.state === 'ringing' && this.call.fail(status, 'the callee refused');
  }

  cancel(): boolean {
    return (this.state === 'setup' || this.state === 'ringing') && this.call.fail(487, 'the caller gave up');
  }

  hangUp(): boolean {
    return this.state === 'talking' || this.state === 'held' ? this.call.release() : this.cancel();
  }

  hold(tell: (outcome: RequestOutcome) => void): void {
    this.call.modify(this.ue, 'held', tell);
  }

  resume(tell: (outcome: RequestOutcome) => void): void {
    this.call.modify(this.ue, 'talking', tell);
  }

  media(): MediaReport | undefined {
    return this.call.report(this.ue);
  }
}

class FakeCall {
  readonly caller: FakeEnd;
  callee: FakeEnd | undefined;
  #answeredAt: number | undefined;
  #endedAt: number | undefined;
  readonly #timers: Timer[] = [];

  constructor(
    readonly callId: string,
    private readonly from: FakeUe,
    private readonly to: FakeUe | undefined,
    private readonly clock: Clock,
    private readonly holdForMs: number | undefined,
    private readonly tell: (outcome: CallOutcome) => void,
  ) {
    this.caller = new FakeEnd(this, from);
    this.#after(RINGING_MS, () => this.#arrive());
  }

  #after(ms: number, work: () => void): void {
    this.#timers.push(this.clock.setTimer(ms, work));
  }

  #arrive(): void {
    const { to } = this;
    const behaviour = to?.takeBehaviour() ?? 'deaf';
    if (to === undefined || behaviour === 'deaf') return;
    if (behaviour === 'busy') {
      this.fail(486, 'the callee is busy');
      return;
    }
    this.callee = new FakeEnd(this, to);
    to.receive(this.callee);
    this.callee.enter('ringing');
    this.caller.enter('ringing');
    if (behaviour === 'accept') this.#after(ANSWER_MS, () => this.answer());
  }

  answer(): boolean {
    this.#answeredAt = this.clock.now();
    this.callee?.enter('talking');
    this.caller.enter('talking');
    if (this.holdForMs !== undefined) this.#after(this.holdForMs, () => this.release());
    return true;
  }

  modify(by: FakeUe, state: CallState, tell: (outcome: RequestOutcome) => void): void {
    const outcome = by.behaviour.hold ?? done;
    if (outcome === 'silent') return;
    this.#after(20, () => {
      if (outcome.success) {
        this.callee?.enter(state);
        this.caller.enter(state);
      }
      tell(outcome);
    });
  }

  release(): boolean {
    return this.#end('released', 200, 'released', true);
  }

  fail(status: number, reason: string): boolean {
    return this.#end('failed', status, reason, false);
  }

  report(ue: FakeUe): MediaReport | undefined {
    if (this.#answeredAt === undefined) return undefined;
    const packets = Math.floor(((this.#endedAt ?? this.clock.now()) - this.#answeredAt) / 20);
    return {
      sent: packets,
      received: ue.behaviour.hears === false ? 0 : packets,
      lost: 0,
      jitterMs: 0,
      outOfOrder: 0,
      duplicates: 0,
      rtcpSent: 1,
      rtcpReceived: 1,
      problems: [],
    };
  }

  #end(state: 'released' | 'failed', status: number, reason: string, success: boolean): boolean {
    for (const timer of this.#timers) timer.cancel();
    this.#endedAt = this.clock.now();
    const outcome = (ue: FakeUe): CallOutcome => ({
      callId: this.callId,
      success,
      state,
      status,
      reason,
      clause: undefined,
      ringingAfterMs: RINGING_MS,
      answeredAfterMs: this.#answeredAt === undefined ? undefined : RINGING_MS + ANSWER_MS,
      media: this.report(ue),
    });
    if (this.callee !== undefined && this.to !== undefined) {
      this.callee.enter(state);
      this.to.endIncoming(outcome(this.to));
    }
    this.caller.enter(state);
    this.tell(outcome(this.from));
    return true;
  }
}

export class FakeUe implements UeNode {
  readonly state = 'serving';
  readonly failure = undefined;
  readonly instanceCount = 0;
  isRegistered = false;
  contactCount = 0;
  /** Seconds asked for, and verbs, in order. */
  readonly asked: string[] = [];
  readonly texts: string[] = [];
  #onIncoming: ((call: CallHandle) => void) | undefined;
  #onIncomingEnded: ((outcome: CallOutcome) => void) | undefined;
  #next: Behaviour['answer'];
  #callCount = 0;

  constructor(
    readonly name: string,
    readonly publicIdentity: string,
    readonly behaviour: Behaviour,
    private readonly clock: Clock,
    private readonly ueOf: (identity: string) => FakeUe | undefined,
    private readonly onRegister: (ue: FakeUe) => void,
  ) {}

  start(): void {}
  stop(): void {}
  reconfigure(): void {}
  onIncomingMessage(): void {}
  onRegistration(): void {}

  register(tell: (outcome: RegistrationOutcome) => void, { expires }: { expires?: number | undefined } = {}): void {
    this.asked.push(`register ${expires ?? ''}`.trim());
    this.onRegister(this);
    this.#answer(true, tell);
  }

  reregister(tell: (outcome: RegistrationOutcome) => void): void {
    this.asked.push('reregister');
    this.#answer(true, tell);
  }

  deregister(tell: (outcome: RegistrationOutcome) => void): void {
    this.asked.push('deregister');
    this.#answer(false, tell);
  }

  #answer(isRegistered: boolean, tell: (outcome: RegistrationOutcome) => void): void {
    const { registration = registered } = this.behaviour;
    if (registration === 'silent') return;
    this.clock.setTimer(50, () => {
      this.isRegistered = registration.success && isRegistered;
      tell(registration);
    });
  }

  call(target: string, { holdForMs }: { holdForMs: number | undefined }, tell: (outcome: CallOutcome) => void) {
    this.#callCount += 1;
    const callId = `call-${this.#callCount}@${this.name}`;
    return new FakeCall(callId, this, this.ueOf(target), this.clock, holdForMs, tell).caller;
  }

  message(target: string, text: string, tell: (outcome: MessageOutcome) => void): void {
    this.texts.push(`${target}: ${text}`);
    const { message = delivered } = this.behaviour;
    if (message !== 'silent') this.clock.setTimer(30, () => tell(message));
  }

  answerNextCall(behaviour: 'accept' | 'busy' | 'decline' | 'ring'): void {
    this.#next = behaviour === 'decline' ? 'busy' : behaviour;
  }

  takeBehaviour(): Behaviour['answer'] {
    const behaviour = this.#next ?? this.behaviour.answer ?? 'accept';
    this.#next = undefined;
    return behaviour;
  }

  onIncomingCall(listener: (call: CallHandle) => void): void {
    this.#onIncoming = listener;
  }

  onIncomingCallEnded(listener: (outcome: CallOutcome) => void): void {
    this.#onIncomingEnded = listener;
  }

  receive(call: CallHandle): void {
    this.#onIncoming?.(call);
  }

  endIncoming(outcome: CallOutcome): void {
    this.#onIncomingEnded?.(outcome);
  }
}
