/**
 * A YAML file of subscribers that is too large to be read as a whole, as exports of many are: its list of subscribers is read
 * some hundred lines at a time, everything else as one small file.
 */
import { InputError, type Problem } from './problem.js';
import { displayName, formatPath, type KeyPath, type Positions, readFailure, SIZE_MAX, Source } from './source.js';
import type { PlacedLine } from './subscriber-csv.js';
import { subscriberLine } from './subscriber-schema.js';
import { textPieces } from './text-rows.js';
import { check } from './validate.js';

/** Lines that are parsed together; a subscriber has all of its own. */
const partLines = 500;

/** Some subscribers of the list, as they stand in the file. */
interface Part {
  readonly text: string;
  /** Where they begin in the file, from 1, and in the list, from 0. */
  readonly line: number;
  readonly index: number;
}

/** What stands beside the list of subscribers. Throws InputError. */
export function readHead(file: string): Source {
  const name = displayName(file);
  let text = '';
  let above = 0;
  let list = 0;
  for (const { line, kind } of listedLines(file)) {
    if (kind !== 'beside') list++;
    else {
      text += line;
      if (list === 0) above++;
      if (text.length > SIZE_MAX) throw tooLarge(name);
    }
  }
  const source = Source.parse(text, name, [], (line) => (line > above ? line + list : line));
  const value = source.value();
  if (value === null) return Source.parse('{}', name);
  if (list > 0 && typeof value === 'object' && Object.hasOwn(value as object, 'subscribers')) {
    throw new InputError([source.problem(['subscribers'], 'stands twice', 'keep one of the two', 'key')]);
  }
  return source;
}

/** The list, line by line as `PlacedLine` means it. Throws InputError. */
export function* listedSubscribers(file: string): Generator<PlacedLine | readonly Problem[]> {
  const name = displayName(file);
  for (const part of parts(file)) {
    const positions = new PartPositions(part, name);
    for (const [index, value] of positions.values().entries()) {
      const path = ['subscribers', part.index + index];
      const result = check(subscriberLine, value, positions, path);
      yield 'data' in result ? { input: result.data, positions, path } : result.problems;
    }
  }
}

/** Its indices are those of the whole list. */
class PartPositions implements Positions {
  readonly #source: Source;

  constructor(
    private readonly part: Part,
    file: string,
  ) {
    // The key of the list is its first line.
    this.#source = Source.parse(`subscribers:\n${part.text}`, file, [], (line) => Math.max(line - 2, 0) + part.line);
  }

  /** Throws InputError. */
  values(): readonly unknown[] {
    const { subscribers } = this.#source.value() as { readonly subscribers: unknown };
    if (Array.isArray(subscribers)) return subscribers as readonly unknown[];
    throw new InputError([this.problem(['subscribers'], 'is no list', 'begin each subscriber with -')]);
  }

  where(path: KeyPath, at?: 'key' | 'value'): string {
    return this.#source.where(this.#within(path), at);
  }

  problem(path: KeyPath, what: string, mend: string, at?: 'key' | 'value'): Problem {
    return { ...this.#source.problem(this.#within(path), what, mend, at), key: formatPath(path) };
  }

  #within([list, index, ...rest]: KeyPath): KeyPath {
    return typeof index === 'number' ? [list!, index - this.part.index, ...rest] : ['subscribers'];
  }
}

function* parts(file: string): Generator<Part> {
  let number = 0;
  let index = 0;
  let part: Part | undefined;
  let texts: string[] = [];
  let length = 0;
  for (const { line, kind } of listedLines(file)) {
    number++;
    if (kind === 'beside' || (part === undefined && kind === 'nothing')) continue;
    if (part === undefined || (kind === 'first' && texts.length >= partLines)) {
      if (part !== undefined) yield { ...part, text: texts.join('') };
      part = { text: '', line: number, index };
      texts = [];
      length = 0;
    }
    if (kind === 'first') index++;
    texts.push(line);
    length += line.length;
    if (length > SIZE_MAX) throw tooLarge(displayName(file));
  }
  if (part !== undefined) yield { ...part, text: texts.join('') };
}

interface ListedLine {
  /** With its end. */
  readonly line: string;
  /** The first one of a subscriber, another one of it, one without content, or one outside of the list. */
  readonly kind: 'first' | 'more' | 'nothing' | 'beside';
}

/** The lines of a file. To the list belong its key, and everything below that is no key of the file. */
function* listedLines(file: string): Generator<ListedLine> {
  let place: 'above' | 'within' | 'below' = 'above';
  /** What the first line of a subscriber begins with. */
  let item: RegExp | undefined;
  const kindOf = (line: string): ListedLine['kind'] => {
    if (place === 'above' && /^subscribers:\s*(?:#.*)?\s*$/.test(line)) {
      place = 'within';
      return 'nothing';
    }
    if (place === 'within' && /^(?:[^\s#-]|---(?:\s|$))/.test(line)) place = 'below';
    if (place !== 'within') return 'beside';
    if (/^\s*(?:#.*)?\s*$/.test(line)) return 'nothing';
    const indent = item === undefined ? /^ *(?=-\s)/.exec(line)?.[0] : undefined;
    if (indent !== undefined) item = new RegExp(`^ {${indent.length}}-\\s`);
    return item?.test(line) ? 'first' : 'more';
  };
  try {
    for (const piece of textPieces(file)) {
      for (const line of piece.split(/(?<=\n)/)) yield { line, kind: kindOf(line) };
    }
  } catch (error) {
    throw readFailure(error, displayName(file));
  }
}

function tooLarge(name: string): InputError {
  const mend = 'below subscribers: begin each subscriber on a line of its own with -, or write them as CSV';
  return new InputError([{ where: name, key: '', what: 'has more than 8 MB in one piece', mend }]);
}
