/**
 * POSIX extended regular expressions (IEEE 1003.1 9.4) of filter criteria and wildcards, in the syntax of RE2: a caller chooses the
 * text that they are run on, so that they must not go back and try again.
 */
import { RE2JS, RE2JSException } from 're2js';

/** What a bracket expression's `[:name:]` stands for. */
const characterClasses: Readonly<Record<string, string | undefined>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
};

/** Letters that name a class behind a backslash: an extension that the C libraries and their users share. */
const escapedClasses = 'wWsSdDbB';

const keptMax = 10_000;
const kept = new Map<string, RE2JS | undefined>();

/** The compiled expression, unanchored; `undefined` where the text is none. Compiled once for all that have the same. */
export function extendedRegularExpression(text: string): RE2JS | undefined {
  if (kept.has(text)) return kept.get(text);
  if (kept.size >= keptMax) kept.clear();
  const compiled = compile(text);
  kept.set(text, compiled);
  return compiled;
}

function compile(text: string): RE2JS | undefined {
  const source = translate(text);
  if (source === undefined) return undefined;
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return undefined;
  }
}

function translate(text: string): string | undefined {
  let source = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') {
      const escaped = translateEscape(text[++at]);
      if (escaped === undefined) return undefined;
      source += escaped;
    } else if (character === '[') {
      const bracket = translateBracket(text, at);
      if (bracket === undefined) return undefined;
      source += bracket.source;
      at = bracket.last;
    } else if (character === '(' && text[at + 1] === '?') {
      return undefined; // nothing stands there that could be repeated
    } else source += character;
  }
  return source;
}

function translateEscape(next: string | undefined): string | undefined {
  if (next === undefined) return undefined;
  if (escapedClasses.includes(next)) return `\\${next}`;
  if (next >= '0' && next <= '9') return undefined; // no back-references in an extended expression
  return literal(next);
}

/** From the `[` at `start`; `last` is its `]`. A backslash is an ordinary character in it. */
function translateBracket(text: string, start: number): { source: string; last: number } | undefined {
  let at = start + 1;
  const isNegated = text[at] === '^';
  if (isNegated) at++;
  let members = '';
  for (let first = true; at < text.length; at++, first = false) {
    const character = text[at]!;
    if (character === ']' && !first) return { source: `[${isNegated ? '^' : ''}${members}]`, last: at };
    const kind = character === '[' ? text[at + 1] : undefined;
    if (kind === ':' || kind === '.' || kind === '=') {
      const end = text.indexOf(`${kind}]`, at + 2);
      const name = text.slice(at + 2, end);
      const member = kind === ':' ? characterClasses[name] : name.length === 1 ? literal(name) : undefined;
      if (end < 0 || member === undefined) return undefined;
      members += member;
      at = end + 1;
    } else members += character === '-' ? hyphen(text, at, first) : literal(character);
  }
  return undefined;
}

/** First or last it is itself, else it makes a range. */
function hyphen(text: string, at: number, first: boolean): string {
  return first || text[at + 1] === ']' ? '\\-' : '-';
}

/** A text that matches itself. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
}
