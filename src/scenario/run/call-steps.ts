/** Calls, and what is done in calls that go on. */
import type { CallHandle, CallOutcome } from '../../ims/ue/ue.js';
import { suggest } from '../../selection/index.js';
import type { CallControlStep, CallStep, ExpectCallStep } from '../model.js';
import { endOf, type LoggedCall } from './call-log.js';
import { describeStep } from './describe-step.js';
import { calledTarget, calledUe } from './dialled-identity.js';
import { type Failure, plainFailure, type StepEnd } from './failure.js';
import { isFailure } from './running-nodes.js';
import type { Perform, Stage } from './stage.js';

export const performCall: Perform<CallStep> = (step, { stage, position, onChange }, end) => {
  const { as, from, to, holdForMs, answer } = step;
  const caller = stage.nodes.ue(from, stage.seconds);
  if (isFailure(caller)) {
    end(caller);
    return;
  }
  const target = calledTarget(to, stage.lab);
  if (target === undefined) {
    end(plainFailure(`${from} cannot call ${to}`, 'it is neither a UE of the topology nor a URI'));
    return;
  }
  const callee = calledUe(to, stage.lab);
  const call = stage.calls.begin(as, from, to, callee);
  if (answer !== undefined) callee?.answerNextCall(answer);
  const goesOn = position.speaksOfCall(as);
  const handle = caller.call(target, { holdForMs }, (outcome) => {
    stage.calls.end(call, outcome);
    if (goesOn) return;
    const failure = judgeEnd(call, outcome, { is: 'released', status: undefined });
    if (failure !== undefined || isOver(call, stage)) end(failure);
    else onChange(() => isOver(call, stage) && end());
  });
  stage.calls.attach(call, handle);
  if (goesOn) end();
};

/** At both ends: until then the callee refuses another one. */
export function isOver(call: LoggedCall, { calls, nodes }: Stage): boolean {
  if (call.outcome === undefined) return false;
  return calls.calleeLag(call) === undefined || nodes.down(call.callee!) !== undefined;
}

/** How a call that has ended differs from what it was to be. */
export function judgeEnd(
  call: LoggedCall,
  outcome: CallOutcome,
  { is, status }: Pick<ExpectCallStep, 'is' | 'status'>,
): Failure | undefined {
  if (endOf(outcome) === is && (status ?? outcome.status) === outcome.status) return undefined;
  const { as, from, to, callee } = call;
  const expectation = `${is === 'failed' ? 'to fail' : `to be ${is}`}${status === undefined ? '' : ` with ${status}`}`;
  const subject = is === 'released' ? `${from} could not talk to ${to}` : `the call ${as} was ${expectation}`;
  const { reason, clause } = outcome;
  return { subject, reason, clause, nodes: [from, callee ?? to] };
}

/** The call of that name, or that there is none. */
export function callNamed(as: string, stage: Stage): LoggedCall | Failure {
  const { calls } = stage;
  const call = calls.named(as);
  if (call !== undefined) return call;
  const { names } = calls;
  return plainFailure(`there is no call '${as}'`, names.length === 0 ? 'none has begun by then' : suggest(as, names));
}

interface Control {
  /** The end that does it where the step names none. */
  readonly end: 'caller' | 'callee';
  /** False: not possible in the call's state. */
  readonly ask: (handle: CallHandle, step: CallControlStep, done: StepEnd) => boolean;
}

/** 486 where a step names no status: the callee is busy. */
const REJECTION = 486;

const CONTROLS: Readonly<Record<CallControlStep['do'], Control>> = {
  answer: { end: 'callee', ask: (handle, _, done) => accepted(handle.answer(), done) },
  reject: { end: 'callee', ask: (handle, { status }, done) => accepted(handle.reject(status ?? REJECTION), done) },
  cancel: { end: 'caller', ask: (handle, _, done) => accepted(handle.cancel(), done) },
  'hang-up': { end: 'caller', ask: (handle, _, done) => accepted(handle.hangUp(), done) },
  hold: { end: 'caller', ask: (handle, step, done) => inCall('hold', handle, step, done) },
  resume: { end: 'caller', ask: (handle, step, done) => inCall('resume', handle, step, done) },
};

function accepted(possible: boolean, done: StepEnd): boolean {
  if (possible) done();
  return possible;
}

function inCall(verb: 'hold' | 'resume', handle: CallHandle, { as }: CallControlStep, done: StepEnd): boolean {
  if (handle.state !== 'talking' && handle.state !== 'held') return false;
  handle[verb](({ success, reason, clause }) =>
    done(success ? undefined : { subject: `the call ${as} could not be ${PARTICIPLES[verb]}`, reason, clause }),
  );
  return true;
}

const PARTICIPLES = { hold: 'put on hold', resume: 'resumed' } as const;

/** Waits until it is possible: a callee cannot answer before the call has reached it. */
export const performCallControl: Perform<CallControlStep> = (step, context, end) => {
  const { stage } = context;
  const { calls } = stage;
  const call = callNamed(step.as, stage);
  if ('subject' in call) {
    end(call);
    return;
  }
  const control = CONTROLS[step.do];
  const name = step.ue ?? (control.end === 'caller' ? call.from : (call.callee ?? call.to));
  if (name !== call.from && name !== call.callee) {
    const ends = call.callee === undefined ? call.from : `${call.from} and ${call.callee}`;
    end(plainFailure(`${name} cannot ${describeStep({ ...step, ue: undefined })}`, `its ends in this lab are ${ends}`));
    return;
  }
  const nodes = [call.from, call.callee ?? call.to];
  const finish: StepEnd = (failure) => end(failure === undefined ? undefined : { nodes, ...failure });
  let asked = false;
  const attempt = (): void => {
    if (asked) return;
    const down = stage.nodes.refusal(name, stage.seconds);
    if (down !== undefined) {
      end(down);
      return;
    }
    const { outcome } = call;
    if (outcome !== undefined) {
      const { reason, clause } = outcome;
      end({ subject: `${name} could not ${describeStep(step)}: the call had ended`, reason, clause, nodes });
      return;
    }
    const handle = name === call.from ? call.handle : calls.calleeEnd(call);
    asked = handle !== undefined && control.ask(handle, step, finish);
  };
  // On a turn of its own: what reports the change is in the middle of something.
  let due = false;
  context.onChange(() => {
    if (due || asked) return;
    due = true;
    context.setTimer(0, () => {
      due = false;
      attempt();
    });
  });
  attempt();
};
