/** What UEs have come to: registrations, calls, and what was heard in them. */
import type { CallHandle } from '../../ims/ue/ue.js';
import type { ExpectCallStep, ExpectMediaStep, ExpectRegistrationStep } from '../model.js';
import { awaitExpectation, countedFrom, type Expectation, within } from './awaiting.js';
import type { LoggedCall } from './call-log.js';
import { callNamed, isOver, judgeEnd } from './call-steps.js';
import type { Failure } from './failure.js';
import { isFailure } from './running-nodes.js';
import type { Perform, StepContext } from './stage.js';

export const expectRegistration: Perform<ExpectRegistrationStep> = (step, context, end) => {
  const { stage } = context;
  for (const name of step.ue) {
    const isDown = stage.nodes.down(name) !== undefined;
    const ue = isDown && step.is !== 'registered' ? undefined : stage.nodes.ue(name, stage.seconds);
    if (ue !== undefined && isFailure(ue)) {
      end(ue);
      return;
    }
    if (ue !== undefined) stage.registrations.listenTo(ue);
  }
  awaitExpectation(step.withinMs, new AwaitedRegistration(step, context), context, end);
};

class AwaitedRegistration implements Expectation {
  /** The one that was not as expected when it was looked at last: asked first, as a crowd changes with each message. */
  #missing = 0;

  constructor(
    private readonly step: ExpectRegistrationStep,
    private readonly context: StepContext,
  ) {}

  look(): 'met' | undefined {
    const { ue } = this.step;
    for (let count = 0; count < ue.length; count++) {
      if (!this.#isMet(ue[this.#missing]!)) return undefined;
      this.#missing = (this.#missing + 1) % ue.length;
    }
    return 'met';
  }

  late(): Failure | undefined {
    const missing = this.step.ue.filter((name) => !this.#isMet(name));
    const [first] = missing;
    return first === undefined ? undefined : this.#failure(first, missing.length - 1);
  }

  #isMet(ue: string): boolean {
    const { is, status, contacts } = this.step;
    const last = this.context.stage.registrations.last(ue);
    if (status !== undefined && last?.status !== status) return false;
    if (contacts !== undefined && this.#contactCount(ue) !== contacts) return false;
    if (is === 'not-registered') return !this.#isRegistered(ue);
    if (is === 'failed') return last?.success === false;
    return this.#isRegistered(ue) && last?.success !== false;
  }

  #failure(ue: string, othersCount: number): Failure {
    const { is, status, contacts, withinMs, rule } = this.step;
    const { stage, mark } = this.context;
    const many = contacts === undefined ? '' : ` with ${contacts} ${contacts === 1 ? 'contact' : 'contacts'}`;
    const what = `${is}${status === undefined ? '' : ` with ${status}`}${many}${within(withinMs)}`;
    const others = othersCount === 0 ? '' : `, and those of ${othersCount} more`;
    const last = stage.registrations.last(ue);
    return {
      subject: `the registration of ${ue}${others} ${others === '' ? 'was' : 'were'} to be ${what}`,
      reason: `${last?.reason ?? (this.#isRegistered(ue) ? 'it is registered' : 'none was tried')}${many === '' ? '' : `; the last 200 has listed ${this.#contactCount(ue)}`}`,
      clause: last?.clause,
      // What it ended with says it; causes explain failures.
      isPlain: last === undefined || last.success,
      rule,
      nodes: [ue],
      machine: 'registration',
      expected: [`registration of ${ue} ${what}`, countedFrom(mark, stage.seconds)],
      ...(last?.status !== undefined && { notes: [['ended', `with ${last.status}: ${last.reason}`]] as const }),
    };
  }

  #contactCount(ue: string): number {
    return this.context.stage.lab.ue(ue)?.contactCount ?? 0;
  }

  #isRegistered(ue: string): boolean {
    const { lab, nodes } = this.context.stage;
    return nodes.down(ue) === undefined && lab.ue(ue)?.isRegistered === true;
  }
}

export const expectCall: Perform<ExpectCallStep> = (step, context, end) => {
  const call = callNamed(step.as, context.stage);
  if ('subject' in call) end(call);
  else awaitExpectation(step.withinMs, new AwaitedCall(step, call, context), context, end);
};

class AwaitedCall implements Expectation {
  constructor(
    private readonly step: ExpectCallStep,
    private readonly call: LoggedCall,
    private readonly context: StepContext,
  ) {}

  look(): 'met' | Failure | undefined {
    const { is } = this.step;
    const { states, outcome } = this.call;
    if (is === 'released' || is === 'failed') {
      if (outcome === undefined) return undefined;
      const failure = judgeEnd(this.call, outcome, this.step);
      if (failure !== undefined) return { ...failure, ...this.#expected() };
      return isOver(this.call, this.context.stage) ? 'met' : undefined;
    }
    const since = this.context.mark.callState;
    if (states.at(-1)!.state === is) return 'met';
    if (states.some(({ position, state }) => position >= since && state === is)) return 'met';
    if (outcome === undefined) return undefined;
    const { reason, clause } = outcome;
    return { ...this.#failure(), reason, clause };
  }

  late(): Failure {
    const { call } = this;
    const lag = call.outcome === undefined ? undefined : this.context.stage.calls.calleeLag(call);
    if (lag !== undefined) return { ...this.#failure(), reason: `it is still ${lag} at ${call.callee}` };
    const { state, time } = call.states.at(-1)!;
    return { ...this.#failure(), reason: `it is ${state} since ${this.context.stage.seconds(time)} s` };
  }

  #failure(): Failure {
    const { as, is, withinMs } = this.step;
    const { from, to, callee } = this.call;
    const subject = `the call ${as} was to be ${is}${within(withinMs)}`;
    return { subject, reason: '', nodes: [from, callee ?? to], ...this.#expected() };
  }

  #expected(): Pick<Failure, 'rule' | 'expected' | 'notes'> {
    const { as, is, status, withinMs, rule } = this.step;
    const { from, to, states } = this.call;
    const { seconds } = this.context.stage;
    const what = `${is}${status === undefined ? '' : ` with ${status}`}${within(withinMs)}`;
    return {
      rule,
      expected: [`call ${as} of ${from} to ${to} ${what}`, countedFrom(this.context.mark, seconds)],
      notes: [[`call ${as}`, states.map(({ state, time }) => `${seconds(time)} ${state}`).join(' → ')]],
    };
  }
}

export const expectMedia: Perform<ExpectMediaStep> = (step, context, end) => {
  const call = callNamed(step.as, context.stage);
  if ('subject' in call) end(call);
  else awaitExpectation(step.withinMs, new AwaitedMedia(step, call, context), context, end);
};

interface Heard {
  readonly at: string;
  readonly from: string;
  readonly handle: CallHandle | undefined;
  /** Of the beginning. */
  readonly received: number;
  readonly sent: number;
}

/** Always takes the whole time: silence is only known at its end. */
class AwaitedMedia implements Expectation {
  readonly #ends: readonly Heard[];

  constructor(
    private readonly step: ExpectMediaStep,
    private readonly call: LoggedCall,
    private readonly context: StepContext,
  ) {
    const { from, to, callee, handle } = call;
    const caller = heard(from, callee ?? to, handle);
    this.#ends = callee === undefined ? [caller] : [caller, heard(callee, from, context.stage.calls.calleeEnd(call))];
  }

  look(): undefined {
    return undefined;
  }

  late(): Failure | undefined {
    const { is, packetsMin = 1 } = this.step;
    const counts = this.#counts();
    const hearing = counts.filter(({ packets }) => packets >= (is === 'silent' ? 1 : packetsMin)).length;
    const wanted = { 'both-ways': counts.length, 'one-way': 1, silent: 0 }[is];
    const isMet = is === 'one-way' ? hearing === 1 && counts.some(({ packets }) => packets === 0) : hearing === wanted;
    return isMet ? undefined : this.#failure(counts);
  }

  /** An end that nobody sees into hears what the other one sends. */
  #counts(): readonly { readonly at: string; readonly packets: number }[] {
    const seen = this.#ends.map((end) => {
      const report = end.handle?.media();
      return {
        at: end.at,
        from: end.from,
        packets: (report?.received ?? end.received) - end.received,
        sent: (report?.sent ?? end.sent) - end.sent,
      };
    });
    const [only] = seen;
    if (seen.length > 1 || only === undefined) return seen;
    return [only, { at: only.from, packets: only.sent }];
  }

  #failure(counts: readonly { readonly at: string; readonly packets: number }[]): Failure {
    const { as, is, withinMs, packetsMin, rule } = this.step;
    const { from, to, callee, outcome } = this.call;
    const { seconds } = this.context.stage;
    const heardText = counts.map(({ at, packets }) => `${at} received ${packets} RTP packets`).join(', ');
    const { state, time } = this.call.states.at(-1)!;
    const ended = outcome === undefined ? '' : `; the call had ${state} at ${seconds(time)} s`;
    const least = packetsMin === undefined ? '' : `, at least ${packetsMin} packets`;
    return {
      subject: `the media of ${as} were to be ${is}${least} for ${withinMs / 1000} s`,
      reason: `${heardText}${ended}`,
      isPlain: true,
      rule,
      nodes: [from, callee ?? to],
      expected: [`media of ${as} ${is}${least}, from now on for ${withinMs / 1000} s`],
    };
  }
}

function heard(at: string, from: string, handle: CallHandle | undefined): Heard {
  const report = handle?.media();
  return { at, from, handle, received: report?.received ?? 0, sent: report?.sent ?? 0 };
}
