/** Where a step stands among the others: what comes after it, or at the same time. */
import type { Step } from '../model.js';

export class Position {
  constructor(
    private readonly steps: readonly Step[],
    private readonly index: number,
    /** Position of the parallel step, for a step of a branch. */
    private readonly outer: Position | undefined,
  ) {}

  /** Steps of the same branch after this one, those of the other branches, then those after them. */
  *later(): Generator<Step> {
    for (const step of this.steps.slice(this.index + 1)) yield* unfolded(step);
    const { outer } = this;
    if (outer === undefined) return;
    const around = outer.steps[outer.index]!;
    if ('do' in around && around.do === 'parallel') {
      for (const branch of around.branches) if (branch !== this.steps) for (const step of branch) yield* unfolded(step);
    }
    yield* outer.later();
  }

  /** Whether a step from here on, before another call of that name, is about the call. */
  speaksOfCall(name: string): boolean {
    for (const step of this.later()) {
      if (!('as' in step) || step.as !== name) continue;
      if ('do' in step && step.do === 'call') return false;
      if (!('do' in step) || step.do !== 'fault') return true;
    }
    return false;
  }

  /** Whether the next step about the UE's registration is an expectation. */
  judgesRegistration(ue: string): boolean {
    for (const step of this.later()) {
      if ('expect' in step) {
        if (step.expect === 'registration' && isAmong(ue, step.ue)) return true;
      } else if (step.do === 'register' || step.do === 'reregister' || step.do === 'deregister') {
        if (isAmong(ue, step.ue)) return false;
      }
    }
    return false;
  }
}

/** Each UE of a crowd asks. */
const members = new WeakMap<readonly string[], ReadonlySet<string>>();

function isAmong(ue: string, all: readonly string[]): boolean {
  if (all.length < 10) return all.includes(ue);
  let known = members.get(all);
  if (known === undefined) {
    known = new Set(all);
    members.set(all, known);
  }
  return known.has(ue);
}

function* unfolded(step: Step): Generator<Step> {
  yield step;
  if (!('do' in step) || step.do !== 'parallel') return;
  for (const branch of step.branches) for (const inner of branch) yield* unfolded(inner);
}
