/** Messages: that they come, how often, that they do not, in which order, and what is captured from them. */
import { compilePattern, type MessagePattern, PatternError, readField } from '../../selection/index.js';
import { isLost } from '../../trace/loss.js';
import type { Captures as CaptureMap, ExpectMessageStep, ExpectOrderStep } from '../model.js';
import { awaitExpectation, countedFrom, type Expectation, within } from './awaiting.js';
import { describeCount, times } from './describe-step.js';
import { type Failure, plainFailure, type Wanted } from './failure.js';
import type { LoggedMessage } from './message-log.js';
import type { Mark, Perform, Stage, StepContext } from './stage.js';

/** Listed in the sentence that says what came. */
const NAMED_MAX = 3;

export const expectMessage: Perform<ExpectMessageStep> = (step, context, end) => {
  const since = step.since === 'start' ? context.stage.start : context.mark;
  const wanted = wantedOf(step.pattern, since.message);
  if ('subject' in wanted) end(wanted);
  else awaitExpectation(step.withinMs, new AwaitedMessage(step, wanted, since, context), context, end);
};

export const expectOrder: Perform<ExpectOrderStep> = (step, context, end) => {
  const since = step.since === 'start' ? context.stage.start : context.mark;
  const all: Wanted[] = [];
  for (const pattern of step.patterns) {
    const wanted = wantedOf(pattern, since.message);
    if ('subject' in wanted) {
      end(wanted);
      return;
    }
    all.push(wanted);
  }
  awaitExpectation(step.withinMs, new AwaitedOrder(step, all, since, context), context, end);
};

/** The pattern ready for use, or what is wrong with it. */
export function wantedOf(pattern: MessagePattern, since: number): Wanted | Failure {
  try {
    return { pattern: compilePattern(pattern), from: pattern.from, to: pattern.to, since };
  } catch (error) {
    if (error instanceof PatternError) return plainFailure('the expected message makes no sense', error.message);
    throw error;
  }
}

/** A message that a fault kept from leaving, or that its link lost, has not come. */
export function hasCome({ record: { fault } }: LoggedMessage): boolean {
  return !isLost(fault?.effect);
}

/** Reads the log once, from the mark on; what has come since is looked at when it comes. */
class Arrivals {
  #next: number;

  constructor(
    private readonly stage: Stage,
    since: number,
  ) {
    this.#next = since;
  }

  take(): readonly LoggedMessage[] {
    const { messages } = this.stage.observer;
    const fresh = messages.since(this.#next);
    this.#next = messages.end;
    return fresh;
  }
}

class AwaitedMessage implements Expectation {
  readonly #arrivals: Arrivals;
  readonly #matching: LoggedMessage[] = [];
  readonly #min: number;
  readonly #max: number;

  constructor(
    private readonly step: ExpectMessageStep,
    private readonly wanted: Wanted,
    private readonly since: Mark,
    private readonly context: StepContext,
  ) {
    this.#arrivals = new Arrivals(context.stage, since.message);
    this.#min = step.count?.min ?? 1;
    this.#max = step.count?.max ?? Number.POSITIVE_INFINITY;
  }

  look(): 'met' | Failure | undefined {
    for (const message of this.#arrivals.take()) {
      if (hasCome(message) && this.wanted.pattern.matches(message.record)) this.#matching.push(message);
    }
    const count = this.#count();
    if (count > this.#max) return this.#tooMany(count);
    return count >= this.#min && this.#max === Number.POSITIVE_INFINITY ? this.#capture() : undefined;
  }

  late(): Failure | undefined {
    const count = this.#count();
    if (count < this.#min) return this.#tooFew(count);
    const captured = this.#capture();
    return captured === 'met' ? undefined : captured;
  }

  /** A stretch of RTP counts its packets, also those that came after it was found. */
  #count(): number {
    return this.#matching.reduce((sum, { count }) => sum + count, 0);
  }

  #capture(): 'met' | Failure {
    const [first] = this.#matching;
    if (first === undefined) return 'met';
    const why = capture(this.step.capture, first, this.context.stage);
    if (why === undefined) return 'met';
    const subject = `${first.record.summary} came (message ${first.record.id})`;
    return { ...this.#failure(), subject, reason: why, met: [first], isPlain: true };
  }

  #tooMany(count: number): Failure {
    const never = this.#max === 0;
    const what = this.wanted.pattern.describe();
    const subject = `${what} was ${never ? 'not to come' : `to come ${describeCount(this.step.count)}`}`;
    const reason = `it came ${never && count === 1 ? '' : `${times(count)}, `}${this.#when()}`;
    return { ...this.#failure(), wanted: undefined, subject, reason, met: this.#matching, isPlain: true };
  }

  #when(): string {
    const { seconds } = this.context.stage;
    const named = this.#matching.slice(0, NAMED_MAX);
    const text = named.map(({ record }) => `at ${seconds(record.time)} s (message ${record.id})`).join(', ');
    return this.#matching.length > NAMED_MAX ? `${text} …` : text;
  }

  #tooFew(count: number): Failure {
    const { withinMs, count: asked } = this.step;
    const what = this.wanted.pattern.describe();
    if (count === 0 && this.#min === 1)
      return { ...this.#failure(), subject: `${what} did not come${within(withinMs)}` };
    const subject = `${what} was to come ${describeCount(asked)}${within(withinMs)}`;
    if (count === 0) return { ...this.#failure(), subject };
    return {
      ...this.#failure(),
      subject,
      reason: `it came ${times(count)}, ${this.#when()}`,
      met: this.#matching,
      isPlain: true,
    };
  }

  /** Without a reason: what came nearest is found for the explanation. */
  #failure(): Failure {
    const { rule, withinMs, count } = this.step;
    const { stage } = this.context;
    const howOften = describeCount(count);
    const text = `${this.wanted.pattern.describe()}${howOften === '' ? '' : `, ${howOften}`}${within(withinMs)}`;
    return {
      subject: '',
      reason: '',
      rule,
      wanted: this.wanted,
      nodes: nodesOf(this.wanted),
      expected: [text, countedFrom(this.since, stage.seconds)],
      notes: earlier(this.wanted, this.#count(), this.since, stage),
    };
  }
}

/** What matched before it began to count. */
function earlier(wanted: Wanted, count: number, since: Mark, stage: Stage): Failure['notes'] {
  if (count > 0) return [];
  const { message } = stage.start;
  const before = stage.observer.messages
    .since(message)
    .findLast((logged) => logged.position < since.message && hasCome(logged) && wanted.pattern.matches(logged.record));
  if (before === undefined) return [];
  const { id, time } = before.record;
  return [['note', `message ${id} at ${stage.seconds(time)} s was like it, before that; since: start counts it too`]];
}

function nodesOf({ from = [], to = [] }: Wanted): readonly string[] {
  return [...new Set([...from, ...to])];
}

/** Returns what is missing. */
function capture(captures: CaptureMap, { record }: LoggedMessage, stage: Stage): string | undefined {
  for (const [path, name] of Object.entries(captures)) {
    const [value] = readField(record, path);
    if (value === undefined) return `it has no ${path} to capture as ${name}`;
    stage.captures.set(name, value);
  }
  return undefined;
}

class AwaitedOrder implements Expectation {
  readonly #arrivals: Arrivals;
  readonly #met: LoggedMessage[] = [];

  constructor(
    private readonly step: ExpectOrderStep,
    private readonly all: readonly Wanted[],
    private readonly since: Mark,
    private readonly context: StepContext,
  ) {
    this.#arrivals = new Arrivals(context.stage, since.message);
  }

  look(): 'met' | undefined {
    for (const message of this.#arrivals.take()) {
      const next = this.all[this.#met.length];
      if (next !== undefined && hasCome(message) && next.pattern.matches(message.record)) this.#met.push(message);
    }
    return this.#met.length === this.all.length ? 'met' : undefined;
  }

  late(): Failure {
    const { stage } = this.context;
    const { seconds } = stage;
    const last = this.#met.at(-1);
    const missing = this.all[this.#met.length]!;
    const since = last === undefined ? missing.since : last.position + 1;
    const tooEarly = stage.observer.messages
      .since(this.since.message)
      .find((logged) => logged.position < since && hasCome(logged) && missing.pattern.matches(logged.record));
    const after = last === undefined ? '' : ` after ${last.record.summary} (message ${last.record.id})`;
    const subject = `${missing.pattern.describe()} did not come${after}${within(this.step.withinMs)}`;
    const reason =
      tooEarly === undefined
        ? ''
        : `it came before, at ${seconds(tooEarly.record.time)} s (message ${tooEarly.record.id})`;
    return {
      subject,
      reason,
      isPlain: tooEarly !== undefined,
      rule: this.step.rule,
      wanted: { ...missing, since },
      nodes: nodesOf(missing),
      met: tooEarly === undefined ? [] : [tooEarly],
      expected: [
        ...this.all.map(({ pattern }, index) => {
          const met = this.#met[index];
          const mark = met === undefined ? (index === this.#met.length ? 'missing' : 'not looked for') : 'came';
          const where = met === undefined ? '' : ` at ${seconds(met.record.time)} s, message ${met.record.id}`;
          return `${index + 1}. ${pattern.describe()}: ${mark}${where}`;
        }),
        countedFrom(this.since, seconds),
      ],
    };
  }
}
