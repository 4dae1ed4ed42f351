/** Expectations as functions, like the steps of steps.ts. A pattern's ends are one name or several. */
import type { Matcher, MessagePattern } from '../../selection/pattern.js';
import type {
  ExpectCallStep,
  ExpectCauseStep,
  ExpectMediaStep,
  ExpectMessageStep,
  ExpectOrderStep,
  ExpectRegistrationStep,
  ExpectStateStep,
  StepPlace,
} from '../model.js';
import { callerOf, type Duration, milliseconds } from './place.js';
import { listed, type Names } from './steps.js';

/** How long is waited where nothing is said: for what steps that end bring about, and for what may last as long as a transaction. */
const SOON_MS = 2_000;
const TRANSACTION_MS = 40_000;
const MEDIA_MS = 1_000;

interface AwaitedOptions {
  readonly within?: Duration | undefined;
  /** `REG-24` */
  readonly rule?: string | undefined;
}

function awaited({ within, rule }: AwaitedOptions, fallbackMs: number, place: StepPlace) {
  return { withinMs: within === undefined ? fallbackMs : milliseconds(within, 'within', place), rule, place };
}

/** Which messages: see `MessagePattern`. */
export interface PatternOptions {
  readonly message?: string | undefined;
  readonly from?: Names | undefined;
  readonly to?: Names | undefined;
  readonly with?: Readonly<Record<string, Matcher>> | undefined;
}

export function patternOf(options: PatternOptions): MessagePattern {
  const { message, from, to } = options;
  return {
    message,
    from: from === undefined ? undefined : listed(from),
    to: to === undefined ? undefined : listed(to),
    with: options.with,
  };
}

type Ends = Omit<PatternOptions, 'message'>;

export interface ExpectMessageOptions extends Ends, AwaitedOptions {
  /** At least one where absent; a number is meant exactly. */
  readonly count?: number | { readonly min?: number | undefined; readonly max?: number | undefined } | undefined;
  /** Name → field path. */
  readonly capture?: Readonly<Record<string, string>> | undefined;
  readonly since?: 'step' | 'start' | undefined;
}

/** @param message such as `200 REGISTER`; any message where undefined */
export function expectMessage(
  message: string | undefined,
  options: ExpectMessageOptions = {},
  place = callerOf(expectMessage),
): ExpectMessageStep {
  const { count, capture = {}, since = 'step' } = options;
  const range = typeof count === 'number' ? { min: count, max: count } : count;
  return {
    expect: 'message',
    pattern: patternOf({ ...options, message }),
    count: range === undefined ? undefined : { min: range.min ?? 0, max: range.max ?? Number.POSITIVE_INFINITY },
    capture: Object.fromEntries(Object.entries(capture).map(([name, path]) => [path, name])),
    since,
    ...awaited(options, SOON_MS, place),
  };
}

/** No such message for the whole of `within`. */
export function expectNoMessage(
  message: string | undefined,
  options: Omit<ExpectMessageOptions, 'count' | 'capture'> = {},
  place = callerOf(expectNoMessage),
): ExpectMessageStep {
  return expectMessage(message, { ...options, count: 0 }, place);
}

export function expectOrder(
  messages: readonly (string | PatternOptions)[],
  options: AwaitedOptions & { readonly since?: 'step' | 'start' | undefined } = {},
  place = callerOf(expectOrder),
): ExpectOrderStep {
  const patterns = messages.map((entry) => patternOf(typeof entry === 'string' ? { message: entry } : entry));
  return { expect: 'order', patterns, since: options.since ?? 'step', ...awaited(options, SOON_MS, place) };
}

export interface ExpectStateOptions extends AwaitedOptions {
  readonly node: string;
  readonly machine: string;
  readonly is: string;
  /** Part of the instance's id. */
  readonly actor?: string | undefined;
}

export function expectState(options: ExpectStateOptions, place = callerOf(expectState)): ExpectStateStep {
  const { node, machine, is, actor } = options;
  return { expect: 'state', node, machine, is, actor, ...awaited(options, SOON_MS, place) };
}

export interface ExpectCallOptions extends AwaitedOptions {
  readonly as: string;
  readonly is: ExpectCallStep['is'];
  readonly status?: number | undefined;
}

export function expectCall(options: ExpectCallOptions, place = callerOf(expectCall)): ExpectCallStep {
  const { as, is, status } = options;
  return { expect: 'call', as, is, status, ...awaited(options, TRANSACTION_MS, place) };
}

export interface ExpectRegistrationOptions extends AwaitedOptions {
  readonly ue: string;
  readonly is: ExpectRegistrationStep['is'];
  readonly status?: number | undefined;
}

export function expectRegistration(
  options: ExpectRegistrationOptions,
  place = callerOf(expectRegistration),
): ExpectRegistrationStep {
  const { ue, is, status } = options;
  return { expect: 'registration', ue, is, status, ...awaited(options, TRANSACTION_MS, place) };
}

export interface ExpectMediaOptions extends AwaitedOptions {
  readonly as: string;
  readonly is: ExpectMediaStep['is'];
  /** Received at the end that heard least. */
  readonly packets?: number | undefined;
}

export function expectMedia(options: ExpectMediaOptions, place = callerOf(expectMedia)): ExpectMediaStep {
  const { as, is, packets } = options;
  return { expect: 'media', as, is, packetsMin: packets, ...awaited(options, MEDIA_MS, place) };
}

/** @param says a part of the cause: text that it is, or /an expression/ that it matches */
export function expectCause(
  says: Matcher,
  options: AwaitedOptions & { readonly node?: string | undefined } = {},
  place = callerOf(expectCause),
): ExpectCauseStep {
  return { expect: 'cause', says, node: options.node, ...awaited(options, SOON_MS, place) };
}
