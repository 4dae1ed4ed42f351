/** What nodes keep, so that a scenario can say that tables drain. */
import { suggest } from '../../selection/index.js';
import type { ExpectNodeStep } from '../model.js';
import { awaitExpectation, countedFrom, type Expectation, within } from './awaiting.js';
import { describeCounts } from './describe-step.js';
import { type Failure, plainFailure } from './failure.js';
import type { Perform, StepContext } from './stage.js';

/** Tables are emptied by timers, too, which no record tells of. */
const LOOK_EVERY_MS = 100;

export const expectNode: Perform<ExpectNodeStep> = (step, context, end) => {
  const refusal = context.stage.nodes.refusal(step.node, context.stage.seconds);
  if (refusal !== undefined) {
    end(refusal);
    return;
  }
  const expectation = new AwaitedCounts(step, context);
  const lookAgain = (): void => {
    const found = expectation.look();
    if (found === undefined) context.setTimer(LOOK_EVERY_MS, lookAgain);
    else end(found === 'met' ? undefined : found);
  };
  context.setTimer(LOOK_EVERY_MS, lookAgain);
  awaitExpectation(step.withinMs, expectation, context, end);
};

class AwaitedCounts implements Expectation {
  constructor(
    private readonly step: ExpectNodeStep,
    private readonly context: StepContext,
  ) {}

  look(): 'met' | Failure | undefined {
    const { node, counts } = this.step;
    const kept = this.context.stage.lab.counts(node);
    if (kept === undefined) return undefined;
    const unknown = Object.keys(counts).find((what) => !Object.hasOwn(kept, what));
    if (unknown !== undefined)
      return plainFailure(`${node} keeps no '${unknown}'`, suggest(unknown, Object.keys(kept)));
    const isMet = Object.entries(counts).every(([what, { min, max }]) => kept[what]! >= min && kept[what]! <= max);
    return isMet ? 'met' : undefined;
  }

  late(): Failure | undefined {
    const found = this.look();
    if (found !== undefined) return found === 'met' ? undefined : found;
    const { node, counts, withinMs, rule } = this.step;
    const { stage, mark } = this.context;
    const kept = stage.lab.counts(node);
    const wanted = describeCounts(counts);
    return {
      subject: `${node} was to keep ${wanted}${within(withinMs)}`,
      reason:
        kept === undefined
          ? 'it does not run'
          : `it keeps ${Object.keys(counts)
              .map((what) => `${kept[what]} ${what}`)
              .join(', ')}`,
      isPlain: true,
      rule,
      nodes: [node],
      expected: [`${node} keeps ${wanted}${within(withinMs)}`, countedFrom(mark, stage.seconds)],
      ...(kept !== undefined && {
        notes: [
          [
            'keeps',
            Object.entries(kept)
              .map(([what, count]) => `${count} ${what}`)
              .join(', '),
          ],
        ] as const,
      }),
    };
  }
}
