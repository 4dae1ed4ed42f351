/** Planned faults as functions: `drop('200 REGISTER', { from: 'pcscf1', to: 'ue1', nth: 2 })`. */
import type { Fault, FaultAction, FieldChanges } from '../../faults/index.js';
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

/**
 * The message is lost.
 * @param message as in a pattern, `200 REGISTER`; so in all of these
 */
export function drop(message: string, options: FaultOptions = {}): Fault {
  return planned('drop', message, options, { do: 'drop' });
}

/** The message leaves `by` later; later ones may overtake it. */
export function delay(message: string, options: FaultOptions & { readonly by: Duration }): Fault {
  return planned('delay', message, options, { do: 'delay', byMs: timeOf(options.by, 'by') });
}

/** The message comes twice, the copy `after` later; at once where absent. */
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

/** Fields of the message get other values, `null` removes one; lengths are mended, so that it stays well-formed. */
export function change(message: string, options: FaultOptions & { readonly set: FieldChanges }): Fault {
  return planned('change', message, options, { do: 'change', set: options.set });
}

/** Of corrupt. */
export interface CorruptOptions extends FaultOptions {
  /** Any octet of the message where absent. */
  readonly field?: string | undefined;
  /** From 0, the first octet's most significant bit; a random one where absent. */
  readonly bit?: number | undefined;
}

/** One bit is flipped, in a field or anywhere; the message keeps its length. */
export function corrupt(message: string, options: CorruptOptions = {}): Fault {
  return planned('corrupt', message, options, { do: 'corrupt', field: options.field, bit: options.bit });
}

/**
 * Other octets leave in the message's place.
 * @param options.content octets octets, or text whose line ends become CRLF
 */
export function replace(message: string, options: FaultOptions & { readonly content: string | Buffer }): Fault {
  const { content } = options;
  const bytes = typeof content === 'string' ? Buffer.from(content.replaceAll(/\r?\n/g, '\r\n'), 'utf8') : content;
  return planned('replace', message, options, { do: 'replace', bytes });
}

/** Of answerWith: `status` for SIP, `result` for Diameter. */
export interface AnswerFaultOptions extends FaultOptions {
  /** Of SIP, 100 to 699. */
  readonly status?: number | undefined;
  /** Of SIP: the status's own where absent. */
  readonly reason?: string | undefined;
  /** Header or AVP → value, in addition. */
  readonly headers?: Readonly<Record<string, string | number>> | undefined;
  /** Of Diameter: a Result-Code, or an Experimental-Result-Code of TS 29.229 6.2. */
  readonly result?: number | undefined;
}

/** The request does not leave; its sender gets this answer as from the receiver. */
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
