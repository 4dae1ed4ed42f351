/** Runs a scenario step by step on the environment's clock. It always ends: each step has a bound, and so has the whole. */
import type { Finding } from '../../conformance/rule.js';
import type { Clock, Timer, Trace } from '../../environment/index.js';
import { isUe } from '../../topology/lab.js';
import type { ParallelStep, Scenario, Step } from '../model.js';
import { findingText, isBreach, type RuleFindings, runCheck } from './checks.js';
import { describeStep } from './describe-step.js';
import { durationText } from './duration.js';
import { asExpected, type Ending } from './expected-verdict.js';
import { explain, type FailedStep, faultLines, labelled, messageText } from './explanation.js';
import { type Failure, plainFailure, type StepEnd } from './failure.js';
import { idleFault } from './idle-fault.js';
import { lateness } from './lateness.js';
import type { RunObserver } from './observer.js';
import { nodesOf, perform } from './perform.js';
import { Position } from './position.js';
import { RunningStep } from './running-step.js';
import type { ScenarioLab } from './scenario-lab.js';
import { failureSentence } from './sentence.js';
import { type Mark, Stage } from './stage.js';
import type { StepResult, Verdict } from './verdict.js';

export interface ScenarioRunOptions {
  readonly clock: Clock;
  readonly trace: Trace | undefined;
  /** Hears of the run's records since the lab was started. */
  readonly observer: RunObserver;
  /** `TS 24.229 5.2.2.1` for `REG-24`. */
  readonly clauseOf?: ((rule: string) => string | undefined) | undefined;
  /** The rules of the specifications, for check `ts24229`. */
  readonly conformance?: { finish(): RuleFindings } | undefined;
  /** How late a timer has fired at most since this was asked before, ms; undefined in virtual time. */
  readonly takeLateMs?: (() => number) | undefined;
  /** Called with each step when it has ended. */
  readonly onStep?: ((result: StepResult) => void) | undefined;
  /** Of a run that goes on: its calls, captures and faults are there, and faults may strike later yet. */
  readonly stage?: Stage | undefined;
}

/** Steps one after the other: those of the scenario, or of a branch. */
interface Sequence {
  readonly steps: readonly Step[];
  readonly outer: Position | undefined;
  /** What the steps' numbers begin with: empty, or `4.2.`. */
  readonly prefix: string;
  /** Where the last `do` step began. */
  mark: Mark;
  readonly done: () => void;
}

const FINDINGS_MAX = 10;
/** Findings that are told with their message. */
const SHOWN_MAX = 3;
/** Longer than a ladder is wide a note helps nobody: the verdict has the whole sentence. */
const NOTE_MAX = 100;

export class ScenarioRun {
  readonly #stage: Stage;
  readonly #running = new Set<RunningStep>();
  readonly #timers = new Set<Timer>();
  readonly #steps: StepResult[] = [];
  #rules: RuleFindings | undefined;
  #done: ((verdict: Verdict) => void) | undefined;

  /** The lab has been started. */
  constructor(
    private readonly scenario: Scenario,
    lab: ScenarioLab,
    private readonly options: ScenarioRunOptions,
  ) {
    this.#stage = options.stage ?? new Stage(lab, options.clock, options.observer);
  }

  /** `done` once. */
  start(done: (verdict: Verdict) => void): void {
    this.#done = done;
    this.options.takeLateMs?.();
    const { scenario } = this;
    const { start, faults, lastAction } = this.#stage;
    for (const fault of scenario.faults) {
      const why = faults.plant(fault.name, fault, start.message, start.time);
      if (why === undefined) continue;
      this.#fail(plainFailure(`the fault ${fault.name} cannot be`, why), undefined);
      return;
    }
    this.#later(scenario.timeoutMs, () => this.#timeOut());
    this.#next({ steps: scenario.steps, outer: undefined, prefix: '', mark: lastAction, done: () => this.#check() }, 0);
  }

  /** Ends the run before its time; the verdict has what has passed. @returns whether it was still going on */
  abort(why: string): boolean {
    const isGoingOn = this.#done !== undefined;
    this.#finish({ passed: false, sentence: why, isAborted: true });
    return isGoingOn;
  }

  #next(sequence: Sequence, index: number): void {
    if (this.#done === undefined) return;
    const written = sequence.steps[index];
    if (written === undefined) {
      sequence.done();
      return;
    }
    const stage = this.#stage;
    const filled = stage.captures.fill(written);
    const step = 'wrong' in filled ? written : filled.step;
    const description = describeStep(step);
    this.#note('scenario.step', description);
    if ('do' in step) {
      sequence.mark = stage.mark(description);
      if (sequence.outer === undefined) stage.lastAction = sequence.mark;
    }
    const position = new Position(sequence.steps, index, sequence.outer);
    const number = `${sequence.prefix}${index + 1}`;
    const running = new RunningStep(stage, step, number, description, position, sequence.mark);
    this.#running.add(running);
    const end: StepEnd = (failure) => {
      if (running.ended) return;
      this.#record(running, failure === undefined);
      // What ends a step may be in the middle of something, and the invariants are asked then: after an expected failure too.
      if (failure === undefined) this.#later(0, () => this.#goOn(running, sequence, index + 1));
      else if (this.scenario.verdict.passed) this.#fail(failure, running);
      else this.#later(0, () => this.#fail(failure, running));
    };
    if ('wrong' in filled) {
      end(plainFailure(`this step cannot be: ${description}`, filled.wrong));
      return;
    }
    if ('timeoutMs' in step) running.setTimer(step.timeoutMs, () => end(lateness(running, step.timeoutMs)));
    if ('do' in step && step.do === 'parallel') this.#branch(step, running, sequence, end);
    else perform(step, running, end);
  }

  #branch({ branches }: ParallelStep, running: RunningStep, { mark }: Sequence, end: StepEnd): void {
    let openCount = branches.length;
    if (openCount === 0) end();
    for (const [index, steps] of branches.entries()) {
      const done = (): void => {
        openCount -= 1;
        if (openCount === 0) end();
      };
      this.#next({ steps, outer: running.position, prefix: `${running.number}.${index + 1}.`, mark, done }, 0);
    }
  }

  #goOn({ number, description }: RunningStep, sequence: Sequence, index: number): void {
    if (this.scenario.checks.includes('invariants')) {
      const [breach] = this.#stage.lab.invariantBreaches();
      if (breach !== undefined) {
        const detail = `after step ${number} (${description}): ${breach}`;
        const checks = [{ check: 'invariants', passed: false, detail }] as const;
        const explanation = faultLines(this.#stage);
        this.#finish({ passed: false, sentence: `check invariants: ${detail}`, explanation, checks });
        return;
      }
    }
    this.#next(sequence, index);
  }

  #record(running: RunningStep, passed: boolean): void {
    running.end();
    this.#running.delete(running);
    const { number, description, step, startedAt } = running;
    const { start, clock } = this.#stage;
    const result: StepResult = {
      number,
      step: description,
      place: step.place,
      startedAfterMs: startedAt - start.time,
      durationMs: clock.now() - startedAt,
      passed,
    };
    this.#steps.push(result);
    this.options.onStep?.(result);
  }

  #timeOut(): void {
    // A parallel step only waits for those in its branches.
    const open = [...this.#running];
    const leaf = open.find(({ step }) => !('do' in step && step.do === 'parallel'));
    const going = leaf === undefined ? '' : `step ${leaf.number} (${leaf.description}) was going on`;
    for (const running of open) this.#record(running, false);
    const subject = `the scenario was not done after ${durationText(this.scenario.timeoutMs)}`;
    const nodes = leaf === undefined ? [] : nodesOf(leaf.step, this.#stage);
    this.#fail({ subject, reason: going, isPlain: true, nodes }, leaf, '');
  }

  /** @param where what the sentence begins with */
  #fail(failure: Failure, running: RunningStep | undefined, where?: string): void {
    const stage = this.#stage;
    const rule = this.#ruleText(failure.rule);
    const begin = where ?? (running === undefined ? '' : `step ${running.number}: `);
    const step: FailedStep | undefined = running && {
      number: `${running.number} of ${this.scenario.steps.length}`,
      description: running.description,
      place: running.step.place,
      mark: running.mark,
    };
    this.#finish({
      passed: false,
      sentence: `${begin}${failureSentence(failure, stage, running?.mark, rule)}`,
      explanation: [...explain(failure, step, stage, rule), ...this.#brokenRules()],
    });
  }

  /** `REG-24, TS 24.229 5.2.2.1` */
  #ruleText(rule: string | undefined): string | undefined {
    if (rule === undefined) return undefined;
    const clause = this.options.clauseOf?.(rule);
    return clause === undefined ? rule : `${rule}, ${clause}`;
  }

  #check(): void {
    const stage = this.#stage;
    const idle = this.options.stage === undefined ? idleFault(stage) : undefined;
    if (idle !== undefined) {
      this.#fail(idle, undefined);
      return;
    }
    const { checks: names, exceptions, steps } = this.scenario;
    const rules = this.#findings();
    const checks = names.map((check) =>
      runCheck(check, {
        observer: this.options.observer,
        calls: stage.calls.timings(),
        rules,
        exceptions,
        invariantBreaches: () => stage.lab.invariantBreaches(),
        natOf: (name) => stage.lab.lab.nodes.filter(isUe).find((ue) => ue.name === name)?.nat?.address,
      }),
    );
    const failed = checks.find(({ passed }) => !passed);
    if (failed === undefined) {
      const sentence =
        steps.length === 1 ? 'the step went as it should' : `all ${steps.length} steps went as they should`;
      this.#finish({ passed: true, sentence, checks });
      return;
    }
    const explanation = [...(failed.check === 'ts24229' ? this.#brokenRules() : []), ...faultLines(stage)];
    this.#finish({ passed: false, sentence: `check ${failed.check}: ${failed.detail}`, explanation, checks });
  }

  /** What is wrong beside the failure that the run ended with, one sentence each; of a broken rule the first finding. */
  #besides({ checks = [] }: Ending): readonly string[] {
    const { scenario } = this;
    const stage = this.#stage;
    const [first, ...others] = checks.filter(({ passed }) => !passed);
    const breaches = this.#breaches();
    const told = first?.check === 'ts24229' ? breaches[0]?.rule : undefined;
    const broken = breaches.filter(
      ({ rule }, index) => rule !== told && breaches.findIndex((each) => each.rule === rule) === index,
    );
    const asksInvariants = first === undefined && scenario.checks.includes('invariants');
    const failed = others
      .filter(({ check }) => check !== 'ts24229')
      .map(({ check, detail }) => `check ${check}: ${detail}`);
    const idle = idleFault(stage);
    return [
      ...broken.map((finding) => `check ts24229: ${findingText(finding)}`),
      ...(asksInvariants ? stage.lab.invariantBreaches().map((breach) => `check invariants: ${breach}`) : []),
      ...failed,
      ...(idle === undefined ? [] : [failureSentence(idle, stage, undefined, undefined)]),
    ];
  }

  /** What the rules found and nothing excuses. */
  #breaches(): readonly Finding[] {
    if (!this.scenario.checks.includes('ts24229')) return [];
    return (this.#findings()?.findings ?? []).filter((each) => isBreach(each, this.scenario.exceptions));
  }

  /** Often the reason why a step has failed. */
  #brokenRules(): readonly string[] {
    const lines = this.#breaches()
      .slice(0, FINDINGS_MAX)
      .flatMap((finding, index) => {
        const text = `${this.#stage.seconds(finding.time)} s  ${findingText(finding)}`;
        return index < SHOWN_MAX ? [text, ...this.#messageOf(finding)] : [text];
      });
    return labelled('rules', lines);
  }

  #messageOf({ message }: Finding): readonly string[] {
    const stage = this.#stage;
    if (message === undefined) return [];
    const found = stage.observer.messages.since(0).find(({ record }) => record.id === message);
    return found === undefined ? [] : [`  ${messageText(found, stage)}`];
  }

  /** Asked once: the rules then see the end of the run. */
  #findings(): RuleFindings | undefined {
    this.#rules ??= this.options.conformance?.finish();
    return this.#rules;
  }

  #finish(ending: Ending): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    for (const running of this.#running) running.end();
    for (const timer of this.#timers) timer.cancel();
    const stage = this.#stage;
    const busy = busyText(this.options.takeLateMs?.() ?? 0);
    const {
      passed,
      sentence,
      explanation = [],
      checks = [],
    } = asExpected(this.scenario.verdict, ending, () => this.#besides(ending));
    this.#note('scenario.verdict', noteText(`${passed ? 'passed' : 'failed'}: ${sentence}`));
    done({
      scenario: this.scenario.name,
      passed,
      sentence,
      explanation: passed ? explanation : [...explanation, ...labelled('machine', busy)],
      durationMs: stage.clock.now() - stage.start.time,
      steps: this.#steps,
      checks,
      registrations: stage.registrations.timings,
      calls: stage.calls.timings(),
      remarks: [
        ...this.options.observer.remarks.map(({ text, clause }) =>
          clause === undefined ? text : `${text} (${clause})`,
        ),
        ...(passed ? busy : []),
      ],
      findings: this.#findings()?.findings ?? [],
      faults: stage.faults.results(),
    });
  }

  #later(delayMs: number, callback: () => void): void {
    if (this.#done === undefined) return;
    const timer = this.#stage.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }

  #note(what: string, text: string): void {
    const time = this.#stage.clock.now();
    this.options.trace?.write({ kind: 'note', time, node: '', what, text, clause: undefined });
  }
}

/** T1 (RFC 3261 17.1.1.1): with timers so late, requests are repeated that had been answered. */
const LATE_MS_MAX = 500;

/** One sentence where the machine was too busy to tell what the network does; else none. */
function busyText(lateMs: number): readonly string[] {
  if (lateMs < LATE_MS_MAX) return [];
  return [
    `this machine could not keep up, timers fired up to ${(lateMs / 1000).toFixed(1)} s late: retransmissions and time-outs may be ` +
      'its own, not those of the network; pace the UEs, or give it less to do at once',
  ];
}

/** Cut between two words. */
function noteText(text: string): string {
  if (text.length <= NOTE_MAX) return text;
  const end = text.lastIndexOf(' ', NOTE_MAX - 2);
  return `${text.slice(0, end < NOTE_MAX / 2 ? NOTE_MAX - 2 : end)} …`;
}
