/** What UEs do outside calls: registrations, messages, power and coverage. */
import type { RegistrationOutcome, UeNode } from '../../ims/ue/ue.js';
import type { MessageStep, RegistrationStep, UePowerStep } from '../model.js';
import { calledTarget } from './dialled-identity.js';
import { type Failure, plainFailure, type StepEnd } from './failure.js';
import { startNode, stopNode } from './node-steps.js';
import { isFailure } from './running-nodes.js';
import type { Perform, StepContext } from './stage.js';

/** Begins the work for each UE: all at once, or each when the one before is done; `paceMs` between two beginnings. */
function forEachUe(
  { ue, atOnce, paceMs = 0 }: Pick<RegistrationStep, 'ue' | 'atOnce' | 'paceMs'>,
  { stage: { clock }, setTimer }: StepContext,
  work: (name: string, done: StepEnd) => void,
  end: StepEnd,
): void {
  if (ue.length === 0) {
    end();
    return;
  }
  let endedCount = 0;
  const begin = (index: number): void => {
    const startedAt = clock.now();
    work(ue[index]!, (failure) => {
      if (failure !== undefined) {
        end(failure);
        return;
      }
      endedCount += 1;
      if (endedCount === ue.length) end();
      else if (!atOnce) setTimer(Math.max(0, paceMs - (clock.now() - startedAt)), () => begin(index + 1));
    });
  };
  begin(0);
  if (atOnce) for (let index = 1; index < ue.length; index++) setTimer(index * paceMs, () => begin(index));
}

const REGISTRATION_WORDS: Readonly<Record<RegistrationStep['do'], string>> = {
  register: 'register',
  reregister: 're-register',
  deregister: 'de-register',
};

/** One after the other unless told otherwise: flows that interleave are hard to read. */
export const performRegistration: Perform<RegistrationStep> = (step, context, end) => {
  const { stage, position } = context;
  const { clock, registrations } = stage;
  forEachUe(
    step,
    context,
    (name, done) => {
      const ue = stage.nodes.ue(name, stage.seconds);
      if (isFailure(ue)) {
        done(ue);
        return;
      }
      registrations.listenTo(ue);
      const startedAt = clock.now();
      askRegistration(ue, step, (outcome) => {
        registrations.note(name, outcome);
        if (outcome.success) {
          if (step.do === 'register') registrations.noteTiming(name, clock.now() - startedAt);
          done();
        } else if (position.judgesRegistration(name)) done();
        else done(registrationFailure(name, REGISTRATION_WORDS[step.do], outcome));
      });
    },
    end,
  );
};

function askRegistration(ue: UeNode, step: RegistrationStep, done: (outcome: RegistrationOutcome) => void): void {
  const { expires } = step;
  if (step.do === 'reregister') ue.reregister(done, { expires });
  else if (step.do === 'deregister') ue.deregister(done, { contacts: step.contacts });
  else ue.register(done, { expires });
}

function registrationFailure(ue: string, verb: string, { reason, clause }: RegistrationOutcome): Failure {
  return { subject: `${ue} could not ${verb}`, reason, clause, nodes: [ue], machine: 'registration' };
}

export const performMessage: Perform<MessageStep> = ({ from, to, text, status }, { stage }, end) => {
  const ue = stage.nodes.ue(from, stage.seconds);
  if (isFailure(ue)) {
    end(ue);
    return;
  }
  const target = calledTarget(to, stage.lab);
  if (target === undefined) {
    end(plainFailure(`${from} cannot send a message to ${to}`, 'it is neither a UE of the topology nor a URI'));
    return;
  }
  ue.message(target, text, (outcome) => {
    const asExpected = status === undefined ? outcome.success : outcome.status === status;
    if (asExpected) {
      end();
      return;
    }
    const subject =
      status === undefined
        ? `the message of ${from} did not reach ${to}`
        : `the message of ${from} to ${to} was to be answered with ${status}`;
    end({ subject, reason: outcome.reason, clause: outcome.clause, nodes: [from, to] });
  });
};

export const performPower: Perform<UePowerStep> = (step, context, end) =>
  forEachUe(
    { ue: step.ue, atOnce: true, paceMs: 0 },
    context,
    (name, done) => POWER[step.do](name, context, done),
    end,
  );

const POWER: Readonly<Record<UePowerStep['do'], (name: string, context: StepContext, done: StepEnd) => void>> = {
  'power-off': powerOff,
  'power-on': powerOn,
  'lose-coverage': (name, { stage }, done) => {
    const ue = stage.nodes.ue(name, stage.seconds);
    if (isFailure(ue)) {
      done(ue);
      return;
    }
    stage.lab.faults.cut([name], []);
    done();
  },
  'regain-coverage': (name, { stage }, done) => {
    stage.lab.faults.heal([name], []);
    done();
  },
};

/** TS 24.229 5.1.1.6: it de-registers first, and goes whatever the network answers. */
function powerOff(name: string, { stage }: StepContext, done: StepEnd): void {
  const ue = stage.nodes.ue(name, stage.seconds);
  if (isFailure(ue)) {
    done(ue);
    return;
  }
  const off = (): void => stopNode(name, 'powered off', stage, done);
  if (!ue.isRegistered) {
    off();
    return;
  }
  ue.deregister((outcome) => {
    stage.registrations.note(name, outcome);
    off();
  });
}

/** TS 24.229 5.1.1.2: it registers as soon as it has started. */
function powerOn(name: string, { stage, position }: StepContext, done: StepEnd): void {
  startNode(name, stage, (failure) => {
    const ue = failure ?? stage.nodes.ue(name, stage.seconds);
    if (isFailure(ue)) {
      done(ue);
      return;
    }
    stage.registrations.listenTo(ue);
    ue.register((outcome) => {
      stage.registrations.note(name, outcome);
      if (outcome.success || position.judgesRegistration(name)) done();
      else done(registrationFailure(name, 'register', outcome));
    });
  });
}
