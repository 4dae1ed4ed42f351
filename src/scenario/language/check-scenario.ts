/** What is wrong with a scenario in a lab, beyond what a schema sees. The same for YAML and for the typed API. */
import { checkMatcher, PatternError } from '../../selection/index.js';
import type { Lab } from '../../topology/lab.js';
import type { Problem } from '../../topology/problem.js';
import { formatPath } from '../../topology/source.js';
import type { Scenario, Step, StepPlace } from '../model.js';
import { checkCaptures, checkReferences } from './check-captures.js';
import { CheckContext, type Finding, type Report } from './check-context.js';
import { checkFault, checkMessages } from './check-messages.js';
import { checkNames } from './check-names.js';
import { checkOrder } from './check-order.js';
import { Progress, type Subject, siblingsOf } from './progress.js';

export interface CheckOptions {
  /** A finding as a problem with its place; by the step's own place where absent. */
  readonly locate?: (place: StepPlace, finding: Finding) => Problem;
  /** Where each of the scenario's faults stands. */
  readonly faultPlaces?: readonly StepPlace[];
  /** What `${…}` may stand for besides captures. */
  readonly variables?: readonly string[];
  /** What steps that could not be read may have brought about. */
  readonly isDoubtful?: (subject: Subject) => boolean;
}

/** Every problem, in order of writing; none: it can be run. */
export function checkScenario(scenario: Scenario, lab: Lab, options: CheckOptions = {}): readonly Problem[] {
  const problems: Problem[] = [];
  const { locate = atStep, variables = [], faultPlaces = [] } = options;
  const report: Report = (place, finding) => {
    problems.push(locate(place, finding));
  };
  const context = new CheckContext(lab, report, scenario.timeoutMs, scenario.environments, variables);
  context.survey(scenario.steps);
  const progress = new Progress(options.isDoubtful ?? (() => false));
  for (const [index, fault] of scenario.faults.entries()) {
    const place = faultPlaces[index] ?? { where: scenario.name, key: `faults[${index}]` };
    checkFault(fault, place, context);
    checkReferences(fault, place, progress, context);
    if (progress.faultInForce(fault.name) === true) {
      report(place, { at: ['as'], what: `there are two faults '${fault.name}'`, mend: 'name one of them with as:' });
    }
    progress.setFault(fault.name, true);
  }
  new Walk(context).steps(scenario.steps, progress);
  checkSentence(scenario, report);
  return problems;
}

class Walk {
  #saidUnreachable = false;

  constructor(private readonly context: CheckContext) {}

  steps(steps: readonly Step[], progress: Progress): void {
    for (const step of steps) {
      this.#checkReachable(step, progress);
      checkNames(step, this.context);
      checkMessages(step, this.context);
      checkCaptures(step, progress, this.context);
      checkOrder(step, progress, this.context);
      if ('do' in step && step.do === 'parallel') this.#branches(step.branches, step.place, progress);
    }
  }

  #branches(branches: readonly (readonly Step[])[], place: StepPlace, progress: Progress): void {
    if (branches.length === 0) {
      this.context.report(place, { at: ['parallel'], what: 'has no branches', mend: 'add steps, or remove it' });
    }
    this.#checkCallNames(branches);
    const elsewhere = siblingsOf(branches);
    const ends = branches.map((branch, index) => {
      const own = progress.branch(elsewhere(index));
      this.steps(branch, own);
      return own;
    });
    progress.join(ends);
  }

  /** A call's name stands for one call: two branches that make one of the same name could not be told apart. */
  #checkCallNames(branches: readonly (readonly Step[])[]): void {
    const seen = new Map<string, number>();
    for (const [index, branch] of branches.entries()) {
      for (const step of branch) {
        if (!('do' in step) || step.do !== 'call' || !this.context.mentioned.has(step.as)) continue;
        const first = seen.get(step.as) ?? index;
        seen.set(step.as, first);
        if (first === index) continue;
        const what = `another branch makes a call '${step.as}' at the same time`;
        this.context.report(step.place, { at: ['as'], what, mend: 'give each a name of its own' });
      }
    }
  }

  #checkReachable({ place }: Step, { elapsedMs }: Progress): void {
    if (this.#saidUnreachable || elapsedMs < this.context.timeoutMs) return;
    this.#saidUnreachable = true;
    const [taken, bound] = [elapsedMs / 1000, this.context.timeoutMs / 1000];
    this.context.report(place, {
      at: [],
      what: `cannot be reached: the steps before it take ${taken} s, and the scenario ends after ${bound} s`,
      mend: 'wait for a shorter time, or give the scenario a longer timeout',
    });
  }
}

/** `verdict.sentence` is no part of a step. */
function checkSentence({ name, verdict }: Scenario, report: Report): void {
  if (verdict.sentence === undefined) return;
  try {
    checkMatcher(verdict.sentence);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    report({ where: name, key: 'verdict' }, { at: ['sentence'], what: error.what, mend: error.mend });
  }
}

function atStep({ where, key }: StepPlace, { at, what, mend }: Finding): Problem {
  const below = formatPath(at);
  return { where, key: key === '' || below === '' ? key + below : `${key}.${below}`, what, mend };
}
