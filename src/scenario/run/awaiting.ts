/** Expectations wait: they look at once, after each change, and for the last time at their bound. */
import { durationText } from './duration.js';
import type { Failure, StepEnd } from './failure.js';
import type { Mark, StepContext } from './stage.js';

export interface Expectation {
  /** `undefined`: neither met nor past hope yet. */
  look(): 'met' | Failure | undefined;
  /** Time is up. `undefined`: it is met. */
  late(): Failure | undefined;
}

export function awaitExpectation(withinMs: number, expectation: Expectation, context: StepContext, end: StepEnd): void {
  const look = (): void => {
    const found = expectation.look();
    if (found !== undefined) end(found === 'met' ? undefined : found);
  };
  context.onChange(look);
  context.setTimer(withinMs, () => end(expectation.late()));
  look();
}

/** ` within 2 s`; empty for at once. */
export function within(ms: number): string {
  return ms === 0 ? '' : ` within ${durationText(ms)}`;
}

/** From when on it counts, for the explanation. */
export function countedFrom({ step, time }: Mark, seconds: (time: number) => string): string {
  if (step === undefined) return `counted from ${seconds(time)} s, the beginning of the scenario`;
  return `counted from ${seconds(time)} s, where '${step}' began`;
}
