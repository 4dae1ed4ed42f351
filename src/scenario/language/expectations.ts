/** Expectations as functions, like the steps of steps.ts. A pattern's ends are one name or several. */
import type { Matcher, MessagePattern } from '../../selection/index.js';
import type {
  ExpectCallStep,
  ExpectCauseStep,
  ExpectMediaStep,
  ExpectMessageStep,
  ExpectNodeStep,
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
  /** How long it is waited for, of the environment's time. */
  readonly within?: Duration | undefined;
  /** Rule behind the expectation, `REG-24`: named with its clause when it is not met. */
  readonly rule?: string | undefined;
}

function awaited({ within, rule }: AwaitedOptions, fallbackMs: number, place: StepPlace) {
  return { withinMs: within === undefined ? fallbackMs : milliseconds(within, 'within', place), rule, place };
}

/** Which messages: as `MessagePattern`, but that an end may be one name. */
export interface PatternOptions {
  readonly message?: string | undefined;
  readonly from?: Names | undefined;
  readonly to?: Names | undefined;
  readonly with?: Readonly<Record<string, Matcher>> | undefined;
}

/** The pattern with its ends as lists. */
export function patternOf(options: PatternOptions): MessagePattern {
  const { message, from, to } = options;
  return {
    message,
    from: from === undefined ? undefined : listed(from),
    to: to === undefined ? undefined : listed(to),
    with: options.with,
  };
}

/** A number is meant exactly. */
export type Count = number | { readonly min?: number | undefined; readonly max?: number | undefined };

function rangeOf(count: Count): { readonly min: number; readonly max: number } {
  if (typeof count === 'number') return { min: count, max: count };
  return { min: count.min ?? 0, max: count.max ?? Number.POSITIVE_INFINITY };
}

type Ends = Omit<PatternOptions, 'message'>;

/** Of expectMessage and expectNoMessage. */
export interface ExpectMessageOptions extends Ends, AwaitedOptions {
  /** At least one where absent. */
  readonly count?: Count | undefined;
  /** Name under which later steps find it as `${name}` → field path. */
  readonly capture?: Readonly<Record<string, string>> | undefined;
  /** From when on messages count: the last step that did something (`step`, the default), or the beginning. */
  readonly since?: 'step' | 'start' | undefined;
}

/**
 * Such a message passes, within 2 s where nothing is said.
 * @param message such as `200 REGISTER`; any message where undefined
 */
export function expectMessage(
  message: string | undefined,
  options: ExpectMessageOptions = {},
  place = callerOf(expectMessage),
): ExpectMessageStep {
  const { count, capture = {}, since = 'step' } = options;
  return {
    expect: 'message',
    pattern: patternOf({ ...options, message }),
    count: count === undefined ? undefined : rangeOf(count),
    capture: Object.fromEntries(Object.entries(capture).map(([name, path]) => [path, name])),
    since,
    ...awaited(options, SOON_MS, place),
  };
}

/** No such message for the whole of `within`, 2 s where nothing is said. */
export function expectNoMessage(
  message: string | undefined,
  options: Omit<ExpectMessageOptions, 'count' | 'capture'> = {},
  place = callerOf(expectNoMessage),
): ExpectMessageStep {
  return expectMessage(message, { ...options, count: 0 }, place);
}

/** These messages pass in this order, others between them or not, within 2 s where nothing is said. */
export function expectOrder(
  messages: readonly (string | PatternOptions)[],
  options: AwaitedOptions & { readonly since?: 'step' | 'start' | undefined } = {},
  place = callerOf(expectOrder),
): ExpectOrderStep {
  const patterns = messages.map((entry) => patternOf(typeof entry === 'string' ? { message: entry } : entry));
  return { expect: 'order', patterns, since: options.since ?? 'step', ...awaited(options, SOON_MS, place) };
}

/** Of expectState. */
export interface ExpectStateOptions extends AwaitedOptions {
  readonly node: string;
  /** Id of the machine, such as `registration`. */
  readonly machine: string;
  /** Name of the state; a parent's name stands for all of its states. */
  readonly is: string;
  /** Part of the instance's id. */
  readonly actor?: string | undefined;
}

/** A machine of a node is, or since the last step has been, in a state, within 2 s where nothing is said. */
export function expectState(options: ExpectStateOptions, place = callerOf(expectState)): ExpectStateStep {
  const { node, machine, is, actor } = options;
  return { expect: 'state', node, machine, is, actor, ...awaited(options, SOON_MS, place) };
}

/** Of expectCall. */
export interface ExpectCallOptions extends AwaitedOptions {
  /** Name of the call. */
  readonly as: string;
  readonly is: ExpectCallStep['is'];
  /** Final SIP status of the INVITE; any where absent. */
  readonly status?: number | undefined;
}

/** A call comes to ring, be answered, be held, end or fail, within 40 s where nothing is said. */
export function expectCall(options: ExpectCallOptions, place = callerOf(expectCall)): ExpectCallStep {
  const { as, is, status } = options;
  return { expect: 'call', as, is, status, ...awaited(options, TRANSACTION_MS, place) };
}

/** Of expectRegistration. */
export interface ExpectRegistrationOptions extends AwaitedOptions {
  readonly ue: Names;
  readonly is: ExpectRegistrationStep['is'];
  /** Final SIP status of the REGISTER; any where absent. */
  readonly status?: number | undefined;
  /** Contacts of the user that the last 200 to the UE has listed; any number where absent. */
  readonly contacts?: number | undefined;
}

/** The last registration of each UE came out so, within 40 s; a register step before it then does not fail by itself. */
export function expectRegistration(
  options: ExpectRegistrationOptions,
  place = callerOf(expectRegistration),
): ExpectRegistrationStep {
  const { ue, is, status, contacts } = options;
  return { expect: 'registration', ue: listed(ue), is, status, contacts, ...awaited(options, TRANSACTION_MS, place) };
}

/** Of expectMedia. */
export interface ExpectMediaOptions extends AwaitedOptions {
  /** Name of the call. */
  readonly as: string;
  readonly is: ExpectMediaStep['is'];
  /** At least so many RTP packets, received at the end that heard least. */
  readonly packets?: number | undefined;
}

/** RTP of a call arrives at both ends, at one or at none, for `within` from now on; 1 s where nothing is said. */
export function expectMedia(options: ExpectMediaOptions, place = callerOf(expectMedia)): ExpectMediaStep {
  const { as, is, packets } = options;
  return { expect: 'media', as, is, packetsMin: packets, ...awaited(options, MEDIA_MS, place) };
}

/** Of expectNode. */
export interface ExpectNodeOptions extends AwaitedOptions {
  readonly node: string;
  /** What the node keeps → how many of it: `{ registrations: 0 }`. */
  readonly counts: Readonly<Record<string, Count>>;
}

/** A node comes to keep so many of each at one moment, within 2 s where nothing is said. */
export function expectNode(options: ExpectNodeOptions, place = callerOf(expectNode)): ExpectNodeStep {
  const counts = Object.fromEntries(Object.entries(options.counts).map(([what, count]) => [what, rangeOf(count)]));
  return { expect: 'node', node: options.node, counts, ...awaited(options, SOON_MS, place) };
}

/**
 * A node names a cause within 2 s where nothing is said.
 * @param says text that it is, or `/an expression/` that it matches
 */
export function expectCause(
  says: Matcher,
  options: AwaitedOptions & { readonly node?: string | undefined } = {},
  place = callerOf(expectCause),
): ExpectCauseStep {
  return { expect: 'cause', says, node: options.node, ...awaited(options, SOON_MS, place) };
}
