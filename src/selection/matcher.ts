/** What a field must be: matchers over the values of a field. */
import { compileExpression, type Expression } from './expression.js';
import type { Matcher } from './pattern.js';
import { PatternError } from './pattern-error.js';

/** Regular expressions by the text that they were written as: a scenario has a few, and each is asked often. */
const expressions = new Map<string, Expression>();
const EXPRESSIONS_MAX = 1_000;

/** `/…/` and `/…/i` are regular expressions; undefined for other texts. Throws PatternError. */
function expressionOf(text: string): Expression | undefined {
  if (text.length < 3 || text.charCodeAt(0) !== 0x2f) return undefined;
  let expression = expressions.get(text);
  if (expression !== undefined) return expression;
  const end = text.lastIndexOf('/');
  const flags = text.slice(end + 1);
  if (end < 2 || !/^[imsu]*$/.test(flags)) return undefined;
  expression = compileExpression(text.slice(1, end), flags);
  if (expressions.size >= EXPRESSIONS_MAX) expressions.clear();
  expressions.set(text, expression);
  return expression;
}

/** Throws PatternError for a matcher that no value could be compared with. */
export function checkMatcher(matcher: Matcher): void {
  if (typeof matcher === 'string') expressionOf(matcher);
  if (typeof matcher !== 'object') return;
  if ('not' in matcher) checkMatcher(matcher.not);
  else if ('one-of' in matcher) matcher['one-of'].forEach(checkMatcher);
  else if (Object.keys(matcher).length === 0) {
    throw new PatternError([], 'it says nothing', 'write a value, or min, max, contains, present, one-of or not');
  }
}

/** One of the values is what the matcher says; under `not`, none is. `values` is empty where the field is absent. */
export function matchesValue(matcher: Matcher, values: readonly string[]): boolean {
  if (typeof matcher === 'string') return matchesText(matcher, values);
  if (typeof matcher === 'number') return values.some((value) => numberIn(value) === matcher);
  if (typeof matcher === 'boolean') return values.includes(String(matcher));
  if ('not' in matcher) return !matchesValue(matcher.not, values);
  if ('one-of' in matcher) return matcher['one-of'].some((one) => matchesValue(one, values));
  if ('contains' in matcher) return values.some((value) => value.includes(matcher.contains));
  if ('present' in matcher) return values.length > 0 === matcher.present;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = matcher;
  return values.some((value) => {
    const number = numberIn(value);
    return number >= min && number <= max;
  });
}

function matchesText(text: string, values: readonly string[]): boolean {
  const expression = expressionOf(text);
  return expression === undefined ? values.includes(text) : values.some((value) => expression.test(value));
}

/** NaN for what is no number. */
function numberIn(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}

/** In words, as it follows a field's name: `600`, `at least 600`, `not 600`, `containing 'x'`, `1 or 2`. */
export function describeMatcher(matcher: Matcher): string {
  if (typeof matcher !== 'object') return String(matcher);
  if ('not' in matcher) return `not ${describeMatcher(matcher.not)}`;
  if ('one-of' in matcher) return matcher['one-of'].map(describeMatcher).join(' or ');
  if ('contains' in matcher) return `containing '${matcher.contains}'`;
  if ('present' in matcher) return matcher.present ? 'present' : 'absent';
  const { min, max } = matcher;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min !== undefined ? `at least ${min}` : `at most ${max}`;
}
