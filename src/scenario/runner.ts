/** Runs a scenario step by step on the environment's clock. It always ends: each step has a bound. */
import type { Clock, Timer, Trace } from '../environment/index.js';
import type { RegistrationOutcome } from '../ims/ue/ue.js';
import type { RunningLab } from '../topology/running-lab.js';
import { startProblem } from '../topology/start-problem.js';
import { CallLog, type LoggedCall } from './call-log.js';
import { deepestCause } from './cause.js';
import { runCheck } from './checks.js';
import { dialledIdentity } from './dialled-identity.js';
import { isUri } from './load-scenario.js';
import type { RunObserver } from './observer.js';
import {
  type CallStep,
  describeStep,
  type ExpectCallStep,
  type ExpectRegistrationStep,
  type RegisterStep,
  type Scenario,
  type Step,
} from './scenario.js';
import type { RegistrationTiming, StepResult, Verdict } from './verdict.js';

export interface ScenarioRunOptions {
  readonly clock: Clock;
  readonly trace: Trace | undefined;
  readonly observer: RunObserver;
}

/** What a scenario does with a lab. */
export type ScenarioLab = Pick<RunningLab, 'lab' | 'ue' | 'startNode' | 'stopNode'>;

/** How a step ended: undefined is well, a text says what failed, before its cause. */
type StepEnd = (failure: Failure | undefined) => void;

interface Failure {
  /** `ue1 could not register` */
  readonly subject: string;
  /** What the acting node itself knows, for when no node named a cause. */
  readonly reason: string;
  readonly clause?: string | undefined;
}

export class ScenarioRun {
  readonly #startedAt: number;
  readonly #steps: StepResult[] = [];
  readonly #registrations: RegistrationTiming[] = [];
  readonly #lastRegistration = new Map<string, RegistrationOutcome>();
  readonly #calls = new CallLog();
  #done: ((verdict: Verdict) => void) | undefined;
  #timer: Timer | undefined;

  /** `running` has been started. */
  constructor(
    private readonly scenario: Scenario,
    private readonly running: ScenarioLab,
    private readonly options: ScenarioRunOptions,
  ) {
    this.#startedAt = options.clock.now();
  }

  /** `done` once. */
  start(done: (verdict: Verdict) => void): void {
    this.#done = done;
    this.#next(0);
  }

  /** Ends the run before its time. */
  abort(why: string): void {
    this.#finish({ passed: false, sentence: why });
  }

  #next(index: number): void {
    const step = this.scenario.steps[index];
    if (step === undefined) {
      this.#check();
      return;
    }
    const { clock, observer } = this.options;
    const description = describeStep(step);
    const startedAt = clock.now();
    const causesBefore = observer.causes.length;
    this.#note('scenario.step', description);
    let ended = false;
    const end: StepEnd = (failure) => {
      if (ended || this.#done === undefined) return;
      ended = true;
      this.#timer?.cancel();
      this.#steps.push({ step: description, passed: failure === undefined, durationMs: clock.now() - startedAt });
      if (failure === undefined) this.#next(index + 1);
      else this.#fail(`step ${index + 1}`, failure, causesBefore);
    };
    if ('timeoutMs' in step) {
      const seconds = step.timeoutMs / 1000;
      const failure = {
        subject: `${description} (not done after ${seconds} s)`,
        reason: 'no node has said why; see the last message in the ladder, or give the step a longer timeout',
      };
      this.#timer = clock.setTimer(step.timeoutMs, () => end(failure));
    }
    this.#perform(step, index, end);
  }

  #perform(step: Step, index: number, end: StepEnd): void {
    if ('expect' in step) {
      if (step.expect === 'call') this.#expectCall(step, end);
      else end(this.#judgeRegistration(step));
      return;
    }
    switch (step.do) {
      case 'register':
      case 'deregister':
        this.#register(step, index, end);
        return;
      case 'call':
        this.#call(step, index, end);
        return;
      case 'wait':
        this.options.clock.setTimer(step.forMs, () => end(undefined));
        return;
      case 'stop':
        this.running.stopNode(step.node, () => end(undefined));
        return;
      case 'start':
        this.running.startNode(step.node, (failure) => {
          if (failure === undefined) return end(undefined);
          const { what, mend } = startProblem(failure, this.running.lab);
          end({ subject: `${step.node} could not start`, reason: `${what}; ${mend}` });
        });
        return;
    }
  }

  /** One UE after the other, in the order of the list: flows that interleave are hard to read. */
  #register(step: RegisterStep, index: number, end: StepEnd, position = 0): void {
    const name = step.ue[position];
    if (name === undefined) {
      end(undefined);
      return;
    }
    const isRegister = step.do === 'register';
    const startedAt = this.options.clock.now();
    const done = (outcome: RegistrationOutcome): void => {
      this.#lastRegistration.set(name, outcome);
      if (outcome.success) {
        const durationMs = this.options.clock.now() - startedAt;
        if (isRegister) this.#registrations.push({ ue: name, durationMs });
      } else if (!this.#judgedLater(index, name)) {
        end({ subject: `${name} could not ${isRegister ? 'register' : 'de-register'}`, ...outcome });
        return;
      }
      this.#register(step, index, end, position + 1);
    };
    const ue = this.running.ue(name)!;
    if (isRegister) ue.register(done);
    else ue.deregister(done);
  }

  #judgedLater(index: number, ue: string): boolean {
    const later = this.scenario.steps.slice(index + 1);
    return later.some((step) => 'expect' in step && step.expect === 'registration' && step.ue === ue);
  }

  #judgeRegistration({ ue, is, status }: ExpectRegistrationStep): Failure | undefined {
    const outcome = this.#lastRegistration.get(ue);
    const subject = `the registration of ${ue} was to be ${is}${withStatus(status)}`;
    if (outcome === undefined) return { subject, reason: 'none was tried' };
    const asExpected = outcome.success === (is === 'registered') && (status ?? outcome.status) === outcome.status;
    return asExpected ? undefined : { subject, ...outcome };
  }

  #call({ as, from, to, holdForMs }: CallStep, index: number, end: StepEnd): void {
    const callee = this.running.ue(to);
    const call = this.#calls.begin(as, from, to, callee);
    const later = this.scenario.steps.slice(index + 1);
    const judgedLater = later.some((step) => 'expect' in step && step.expect === 'call' && step.as === as);
    const target = isUri(to) ? to : (dialledIdentity(to, this.running.lab) ?? callee!.publicIdentity);
    this.running.ue(from)!.call(target, { holdForMs }, (outcome) => {
      call.outcome = outcome;
      if (!judgedLater) end(judgeCall(call, { is: 'released', status: undefined }));
      call.onEnded?.();
    });
    if (judgedLater) end(undefined);
  }

  #expectCall(step: ExpectCallStep, end: StepEnd): void {
    const call = this.#calls.named(step.as)!;
    const judge = (): void => end(judgeCall(call, step));
    if (call.outcome !== undefined) judge();
    else call.onEnded = judge;
  }

  #fail(where: string, { subject, reason, clause }: Failure, causesBefore: number): void {
    const { observer } = this.options;
    const roleOf = (name: string) => this.running.lab.nodes.find((node) => node.name === name)?.role;
    const cause = deepestCause(observer.causes.slice(causesBefore), roleOf);
    const text = (cause?.text ?? reason).replace(/\.\s*$/, '');
    const source = cause === undefined ? clause : cause.clause;
    this.#finish({
      passed: false,
      sentence: `${where}: ${subject}: ${text}${source === undefined ? '' : ` (${source})`}`,
    });
  }

  #check(): void {
    const evidence = { observer: this.options.observer, calls: this.#calls.timings() };
    const checks = this.scenario.checks.map((check) => runCheck(check, evidence));
    const failed = checks.find(({ passed }) => !passed);
    const sentence =
      failed === undefined
        ? `all ${this.scenario.steps.length} steps went as they should`
        : `check ${failed.check}: ${failed.detail}`;
    this.#finish({ passed: failed === undefined, sentence, checks });
  }

  #finish({
    passed,
    sentence,
    checks = [],
  }: Pick<Verdict, 'passed' | 'sentence'> & { checks?: Verdict['checks'] }): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    this.#timer?.cancel();
    this.#note('scenario.verdict', `${passed ? 'passed' : 'failed'}: ${sentence}`);
    done({
      scenario: this.scenario.name,
      passed,
      sentence,
      durationMs: this.options.clock.now() - this.#startedAt,
      steps: this.#steps,
      checks,
      registrations: this.#registrations,
      calls: this.#calls.timings(),
      remarks: this.options.observer.remarks.map(({ text, clause }) =>
        clause === undefined ? text : `${text} (${clause})`,
      ),
    });
  }

  #note(what: string, text: string): void {
    this.options.trace?.write({
      kind: 'note',
      time: this.options.clock.now(),
      node: '',
      what,
      text,
      clause: undefined,
    });
  }
}

function judgeCall(
  { as, from, to, outcome }: LoggedCall,
  { is, status }: Pick<ExpectCallStep, 'is' | 'status'>,
): Failure | undefined {
  const { state, success } = outcome!;
  const ended = state === 'released' && success ? 'released' : 'failed';
  if (ended === is && (status ?? outcome!.status) === outcome!.status) return undefined;
  const subject =
    is === 'released' ? `${from} could not talk to ${to}` : `the call ${as} was to fail${withStatus(status)}`;
  return { subject, ...outcome! };
}

function withStatus(status: number | undefined): string {
  return status === undefined ? '' : ` with ${status}`;
}
