/**
 * Regular expressions as users write them, run in a time that grows with the text and no faster. V8's own engine goes back
 * and tries again: one of `(a+)+$` never ends on a text of fifty letters, and neither Ctrl-C nor a timeout reaches it. RE2 does
 * not go back; what it cannot do for that, looking around and back references, is refused when the expression is read.
 */
import { RE2JS, RE2JSException } from 're2js';
import { PatternError } from './pattern-error.js';

const flagsOf: ReadonlyMap<string, number> = new Map([
  ['i', RE2JS.CASE_INSENSITIVE],
  ['m', RE2JS.MULTILINE],
  ['s', RE2JS.DOTALL],
  ['u', 0], // by code points: always
]);

export interface Expression {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

/** @param source in JavaScript's syntax. Throws PatternError for what is no expression, or needs to go back. */
export function compileExpression(source: string, flags: string): Expression {
  let bits = 0;
  for (const flag of flags) bits |= flagsOf.get(flag)!;
  if (namedReference.test(source)) throw refusal(source, 'it refers back to a group');
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source), bits);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw refusal(source, error.message.replace('error parsing regexp: ', ''));
  }
}

/** The translation would take `\\k<name>` for a letter. */
const namedReference = /^(?:[^\\]|\\[^k])*\\k</s;

function refusal(source: string, why: string): PatternError {
  return new PatternError(
    [],
    `/${source}/ is no regular expression of RE2 (${why})`,
    'mend it; for looking around and back references put matchers together with not: and one-of:',
  );
}
