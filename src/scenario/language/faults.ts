/** Planned faults as functions: `drop('200 REGISTER', { from: 'pcscf1', to: 'ue1', nth: 2 })`. */
import type { Fault, FaultAction, FieldChanges } from '../../faults/fault.js';
import { type PatternOptions, patternOf } from './expectations.js';
import { type Duration, milliseconds } from './place.js';

const HOLD_MAX_MS = 2_000;

/** Which of the messages, and the fault's name. */
export interface FaultOptions extends Omit<PatternOptions, 'message'> {
  /** Which of those that match, from 1; the first where absent. */
  readonly nth?: number | readonly number[] | 'every' | undefined;
  /** What happens to which message where absent: `drop the 2nd 200 REGISTER from pcscf1 to ue1`. */
  readonly as?: string | undefined;
}

/** The message is lost. */
export function drop(message: string, options: FaultOptions = {}): Fault {
  return planned('drop', message, options, { do: 'drop' });
}

export function delay(message: string, options: FaultOptions & { readonly by: Duration }): Fault {
  return planned('delay', message, options, { do: 'delay', byMs: timeOf(options.by, 'by') });
}

/** The message comes twice. */
export function duplicate(
  message: string,
  options: FaultOptions & { readonly after?: Duration | undefined } = {},
): Fault {
  return planned('duplicate', message, options, { do: 'duplicate', afterMs: timeOf(options.after ?? 0, 'after') });
}

/** Held until the next message between the same two nodes has passed, 2 s at most where nothing is said. */
export function reorder(message: string, options: FaultOptions & { readonly hold?: Duration | undefined } = {}): Fault {
  const holdMaxMs = timeOf(options.hold ?? HOLD_MAX_MS, 'hold');
  return planned('reorder', message, options, { do: 'reorder', holdMaxMs });
}

export function change(message: string, options: FaultOptions & { readonly set: FieldChanges }): Fault {
  return planned('change', message, options, { do: 'change', set: options.set });
}

export interface CorruptOptions extends FaultOptions {
  /** Any octet of the message where absent. */
  readonly field?: string | undefined;
  readonly bit?: number | undefined;
}

/** One bit is flipped. */
export function corrupt(message: string, options: CorruptOptions = {}): Fault {
  return planned('corrupt', message, options, { do: 'corrupt', field: options.field, bit: options.bit });
}

/** @param options.content other octets, or text whose line ends become CRLF */
export function replace(message: string, options: FaultOptions & { readonly content: string | Buffer }): Fault {
  const { content } = options;
  const bytes = typeof content === 'string' ? Buffer.from(content.replaceAll(/\r?\n/g, '\r\n'), 'utf8') : content;
  return planned('replace', message, options, { do: 'replace', bytes });
}

export interface AnswerFaultOptions extends FaultOptions {
  /** SIP. */
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly headers?: Readonly<Record<string, string | number>> | undefined;
  /** Diameter. */
  readonly result?: number | undefined;
}

/** The request does not leave; its sender gets this answer. */
export function answerWith(message: string, options: AnswerFaultOptions): Fault {
  const { status, reason, headers, result } = options;
  return planned('answer', message, options, { do: 'answer', status, reason, headers, result });
}

function planned(verb: string, message: string, options: FaultOptions, action: FaultAction): Fault {
  const { nth = 1, as } = options;
  const which = typeof nth === 'number' ? [nth] : nth;
  const pattern = patternOf({ ...options, message });
  const ends = [pattern.from, pattern.to].map((names, end) =>
    names === undefined
      ? ''
      : ` ${end === 0 ? 'from' : 'to'} ${names.length > 3 ? `${names.length} nodes` : names.join(' or ')}`,
  );
  const name = as ?? `${verb} ${whichOnes(which)}${message}${ends.join('')}`;
  return { name, pattern, nth: which, action };
}

/** Nothing for the first alone. */
function whichOnes(nth: Fault['nth']): string {
  if (nth === 'every') return 'every ';
  if (nth.length === 1 && nth[0] === 1) return '';
  return `the ${nth.map(ordinal).join(' and ')} `;
}

function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${suffix}`;
}

function timeOf(time: Duration, key: string): number {
  return milliseconds(time, key, { where: 'a fault', key: '' });
}
