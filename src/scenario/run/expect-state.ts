/** States of machines, and causes that nodes name. */
import { checkMatcher, describeMatcher, matchesValue, nearestWord, PatternError } from '../../selection/index.js';
import type { ExpectCauseStep, ExpectStateStep } from '../model.js';
import { awaitExpectation, countedFrom, type Expectation, within } from './awaiting.js';
import { type Failure, plainFailure } from './failure.js';
import type { Mark, Perform, Stage, StepContext } from './stage.js';
import { isIn, type MachinePath } from './state-log.js';

export const expectState: Perform<ExpectStateStep> = (step, context, end) =>
  awaitExpectation(step.withinMs, new AwaitedState(step, context), context, end);

class AwaitedState implements Expectation {
  /** How many states there were when it looked last. */
  #seen = -1;

  constructor(
    private readonly step: ExpectStateStep,
    private readonly context: StepContext,
  ) {}

  look(): 'met' | undefined {
    const { is } = this.step;
    const { mark, stage } = this.context;
    if (stage.observer.states.end === this.#seen) return undefined;
    this.#seen = stage.observer.states.end;
    const since = mark.state;
    const moved = this.#paths().filter(({ states }) => states.at(-1)!.position >= since);
    const wasIn = moved.some(({ states }) =>
      states.some(({ position, state }) => position >= since && isIn(state, is)),
    );
    if (wasIn) return 'met';
    // An instance from before says nothing where others have moved since: it may have ended long ago.
    return moved.length === 0 && this.#paths().some(({ states }) => isIn(states.at(-1)!.state, is)) ? 'met' : undefined;
  }

  late(): Failure {
    const { node, machine, is, actor, withinMs, rule } = this.step;
    const { stage, mark } = this.context;
    const which = actor === undefined ? '' : ` (${actor})`;
    return {
      subject: `${machine} of ${node}${which} was to be ${is}${within(withinMs)}`,
      reason: this.#whereItIs(),
      rule,
      nodes: [node],
      machine,
      expected: [`${machine} of ${node}${which} is ${is}${within(withinMs)}`, countedFrom(mark, stage.seconds)],
    };
  }

  #paths(): readonly MachinePath[] {
    const { node, machine, actor } = this.step;
    return this.context.stage.observer.states
      .of(node)
      .filter((path) => path.machine === machine && (actor === undefined || path.actor.includes(actor)));
  }

  #whereItIs(): string {
    const { node, machine, actor } = this.step;
    const { stage } = this.context;
    const down = stage.nodes.refusal(node, stage.seconds);
    if (down !== undefined) return `${down.subject}, ${down.reason}`;
    const last = this.#paths().at(-1)?.states.at(-1);
    if (last !== undefined) return `it is ${last.state} since ${stage.seconds(last.time)} s`;
    const all = stage.observer.states.of(node);
    if (actor !== undefined && all.some((path) => path.machine === machine)) {
      return `${node} has no ${machine} with '${actor}' in its name`;
    }
    const known = [...new Set(all.map((path) => path.machine))];
    if (known.length === 0) return `nothing has happened in ${node}`;
    const nearest = nearestWord(machine, known);
    return `${node} has had no such machine; ${nearest === undefined ? `it has had ${known.join(', ')}` : `did you mean '${nearest}'?`}`;
  }
}

export const expectCause: Perform<ExpectCauseStep> = (step, context, end) => {
  try {
    checkMatcher(step.says);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    end(plainFailure('the expected cause makes no sense', error.message));
    return;
  }
  awaitExpectation(step.withinMs, new AwaitedCause(step, context.stage, context.mark), context, end);
};

class AwaitedCause implements Expectation {
  constructor(
    private readonly step: ExpectCauseStep,
    private readonly stage: Stage,
    private readonly since: Mark,
  ) {}

  look(): 'met' | undefined {
    const { says, node } = this.step;
    const named = this.stage.observer.causes.slice(this.since.cause).some((cause) => {
      if (node !== undefined && cause.node !== node) return false;
      const { text, clause } = cause;
      return matchesValue(says, clause === undefined ? [text] : [text, `${text} (${clause})`]);
    });
    return named ? 'met' : undefined;
  }

  late(): Failure {
    const { says, node, withinMs, rule } = this.step;
    const causes = this.stage.observer.causes.slice(this.since.cause);
    const who = node ?? 'no node';
    const last = causes.at(-1);
    return {
      subject: `a cause ${describeMatcher(says)}${node === undefined ? '' : ` at ${node}`} was to be named${within(withinMs)}`,
      reason:
        last === undefined
          ? `${who} named ${node === undefined ? 'any' : 'none'}`
          : `${last.node} named '${last.text}'`,
      isPlain: true,
      rule,
      nodes: node === undefined ? [] : [node],
      expected: [
        `cause ${describeMatcher(says)}${node === undefined ? '' : ` at ${node}`}${within(withinMs)}`,
        countedFrom(this.since, this.stage.seconds),
      ],
      notes: causes
        .slice(0, 5)
        .map((cause) => ['named', `${cause.node} at ${this.stage.seconds(cause.time)} s: ${cause.text}`]),
    };
  }
}
