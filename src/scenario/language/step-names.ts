/** `all` and globs in steps of the typed API: the same nodes as in a scenario file. */
import type { Fault } from '../../faults/index.js';
import type { MessagePattern } from '../../selection/index.js';
import { InputError, type Problem } from '../../topology/problem.js';
import { formatPath, type KeyPath } from '../../topology/source.js';
import type { RegistrationStep, Step, UePowerStep } from '../model.js';
import type { Names, NodeKind } from './names.js';
import { turnsTimeoutMs } from './steps.js';

/** The steps with the nodes that their names stand for. Throws InputError where one stands for none. */
export function withNodes(steps: readonly Step[], names: Names): readonly Step[] {
  const problems: Problem[] = [];
  const resolved = steps.map((step) => new StepNames(step, names, problems).resolved());
  if (problems.length > 0) throw new InputError(problems);
  return resolved;
}

class StepNames {
  constructor(
    private readonly step: Step,
    private readonly names: Names,
    private readonly problems: Problem[],
  ) {}

  resolved(): Step {
    const { step } = this;
    if ('expect' in step) {
      if (step.expect === 'message') return { ...step, pattern: this.#pattern(step.pattern) };
      if (step.expect === 'order') return { ...step, patterns: step.patterns.map((each) => this.#pattern(each)) };
      if (step.expect === 'registration') return { ...step, ue: this.#nodes(step.ue, 'UE', ['ue']) };
      return step;
    }
    switch (step.do) {
      case 'register':
      case 'reregister':
      case 'deregister':
        return this.#ofUes(step, step.atOnce, step.paceMs);
      case 'power-off':
      case 'power-on':
      case 'lose-coverage':
      case 'regain-coverage':
        return this.#ofUes(step);
      case 'cut':
      case 'heal': {
        const [one, other] = step.between;
        return {
          ...step,
          between: [this.#nodes(one, 'node', ['between', 0]), this.#nodes(other, 'node', ['between', 1])],
        };
      }
      case 'fault':
        return { ...step, fault: this.#fault(step.fault) };
      case 'parallel': {
        const inner = (each: Step): Step => new StepNames(each, this.names, this.problems).resolved();
        return { ...step, branches: step.branches.map((branch) => branch.map(inner)) };
      }
      default:
        return step;
    }
  }

  /** A timeout that nobody has named grows with the number of UEs. */
  #ofUes<TStep extends RegistrationStep | UePowerStep>(step: TStep, atOnce = false, paceMs = 0): TStep {
    const ue = this.#nodes(step.ue, 'UE', ['ue']);
    const isNamed = step.timeoutMs !== turnsTimeoutMs(step.ue.length, atOnce, paceMs);
    return { ...step, ue, timeoutMs: isNamed ? step.timeoutMs : turnsTimeoutMs(ue.length, atOnce, paceMs) };
  }

  #fault(fault: Fault): Fault {
    return { ...fault, pattern: this.#pattern(fault.pattern) };
  }

  #pattern(pattern: MessagePattern): MessagePattern {
    const { from, to } = pattern;
    return {
      ...pattern,
      from: from && this.#nodes(from, 'node', ['from']),
      to: to && this.#nodes(to, 'node', ['to']),
    };
  }

  #nodes(written: readonly string[], kind: NodeKind, path: KeyPath): readonly string[] {
    const { where } = this.step.place;
    return this.names.expand(written, kind, path, (at, what, mend) => {
      this.problems.push({ where, key: formatPath(at), what, mend });
    });
  }
}
