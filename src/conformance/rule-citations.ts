/** Where tests and scenarios cite rules: the names of the tests in a source text, and the rule ids in a name. Text in, data out. */
import { catalogue } from './catalogue.js';

/** One test, or a block of tests, whose name carries the rule; or a scenario that proves it. */
export interface Citation {
  /** From the project's root, `test/aka/milenage.test.ts`. */
  readonly path: string;
  /** Of the test; of a scenario its file's name. */
  readonly name: string;
  /** In the order in which they are cited; an id that is not in the catalogue is among them. */
  readonly ids: readonly string[];
}

const idPattern = /\b(?:(?:REG|CX|AKA|CALL|SIP)-\d+|(?:CX|SH)-[A-Z]{3,})\b/g;
/** `REG-10 to REG-18`, `REG-41 … REG-45`. */
const rangePattern = /\b((REG|CX|AKA|CALL|SIP)-\d+)\s*(?:to|…|\.\.)\s*(\2-\d+)\b/g;
/** A row of a table of tests that begins with an id. */
const rowPattern = /\[\s*'((?:REG|CX|AKA|CALL|SIP)-\d+|(?:CX|SH)-[A-Z]{3,})'/g;

/** The rule ids of a text; of a range, each rule that there is from its first to its last. */
export function citedIds(text: string): readonly string[] {
  const ids = new Set<string>();
  for (const [id] of text.matchAll(idPattern)) ids.add(id);
  for (const [, first, , last] of text.matchAll(rangePattern)) {
    const from = catalogue.findIndex(({ id }) => id === first);
    const to = catalogue.findIndex(({ id }) => id === last);
    for (let index = from; from !== -1 && index <= to; index++) ids.add(catalogue[index]!.id);
  }
  return [...ids];
}

/**
 * The tests of a source text that cite rules. Names that begin with `%s` stand for each row that begins with an id; what
 * they show of the rest of the row, in brackets at the end, is left out.
 */
export function citationsIn(path: string, text: string): readonly Citation[] {
  const citations: Citation[] = [];
  for (const name of testNames(text)) {
    const ids = citedIds(name);
    if (ids.length > 0) citations.push({ path, name, ids });
    if (!name.startsWith('%s')) continue;
    const rows = new Set([...text.matchAll(rowPattern)].map(([, id]) => id!));
    const said = name.replace(/ \(%.*\)$/, '');
    for (const id of rows) citations.push({ path, name: said.replace('%s', id), ids: [id] });
  }
  return citations;
}

const callPattern = /(?<![\w.$])(?:it|test|describe)((?:\.\w+)*)\s*(?=[(<])/g;

/** What `it`, `test` and `describe` are called with, also by way of `each`; names that are no literals are left out. */
export function testNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const { 0: call, 1: modifiers = '', index } of text.matchAll(callPattern)) {
    let opening = endOfTypeArguments(text, index + call.length);
    if (modifiers.endsWith('.each')) {
      opening = text.indexOf('(', endOfBrackets(text, opening));
      if (opening === -1) continue;
    }
    const name = literalAt(text, opening + 1);
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** The string that begins at `start` or after white space, or undefined. */
function literalAt(text: string, start: number): string | undefined {
  const from = start + /^\s*/.exec(text.slice(start, start + 200))![0].length;
  const quote = text[from];
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  return text.slice(from + 1, endOfString(text, from) - 1).replaceAll(/\\(.)/g, '$1');
}

/** The offset behind `<[string, (text: string) => void]>` that may begin at `start`. */
function endOfTypeArguments(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '<') depth++;
    else if (text[at] === '>' && text[at - 1] !== '=') depth--;
    if (depth === 0) return text[at] === '>' ? at + 1 : at;
  }
  return text.length;
}

/** The offset behind the bracket that closes the one at `start`; strings, comments and regular expressions are skipped. */
function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text[at]!;
    if (code === "'" || code === '"' || code === '`') at = endOfString(text, at) - 1;
    else if (code === '/') at = endOfSlash(text, at) - 1;
    else if ('([{'.includes(code)) depth++;
    else if (')]}'.includes(code) && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Of a comment, a regular expression, or a division, whichever the slash begins. */
function endOfSlash(text: string, start: number): number {
  if (text.startsWith('//', start)) return lineEnd(text, start);
  if (text.startsWith('/*', start)) return text.indexOf('*/', start) + 2;
  if (!/[(,=:[!&|?{};]\s*$/.test(text.slice(Math.max(0, start - 20), start))) return start + 1;
  let inClass = false;
  let at = start + 1;
  for (; at < text.length && (inClass || text[at] !== '/'); at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
  }
  return at + 1;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}
