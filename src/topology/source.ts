/** A YAML file with the positions of everything in it, and `--set` overrides laid over it. */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parse,
  parseDocument,
  type Tags,
  visit,
  type YAMLParseError,
} from 'yaml';
import { InputError, type Problem } from './problem.js';

export type KeyPath = readonly (string | number)[];

/** Where the values of a file stand, for messages. */
export interface Positions {
  /** Of the value, or of its key: `topologies/volte.yaml:12:7`. */
  where(path: KeyPath, at?: 'key' | 'value'): string;
  problem(path: KeyPath, what: string, mend: string, at?: 'key' | 'value'): Problem;
}

/** `--set nodes.ue1.sim.k=…`, or a line of a scenario's `set`. */
export interface Override {
  readonly path: KeyPath;
  readonly value: unknown;
  /** As typed, for messages. */
  readonly text: string;
  /** Where it is written, for one of a file: `s.yaml:4:3`. */
  readonly where?: string | undefined;
  /** Parts of its value that come from somewhere else. */
  readonly parts?: readonly { readonly path: KeyPath; readonly where: string }[];
}

/** An override, and the first part of its path that the file does not have. */
interface AppliedOverride extends Override {
  readonly created: KeyPath;
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'access is denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** Octets that are read as a whole. No file of imslab but a list of subscribers comes near it. */
export const SIZE_MAX = 8 * 1024 * 1024;

/** Hexadecimal digits without quotes may look like a number with an exponent: `amf: 80e2` is two octets, not 8000. */
function withoutExponents(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !('format' in tag) || tag.format !== 'EXP');
}

/** Square brackets of an IPv6 address begin a list of YAML unless they stand in quotes. */
function mendOf({ code, pos }: YAMLParseError, text: string): string {
  if (code === 'DUPLICATE_KEY') return 'keep one of the two';
  const line = text.slice(text.lastIndexOf('\n', pos[0] - 1) + 1).split('\n', 1)[0]!;
  const address = /(?<!["'\w])\w+:\/\/\[[0-9a-fA-F:.]+\](:\d+)?/.exec(line);
  return address === null ? 'mend the YAML here' : `put an IPv6 address in quotes: "${address[0]}"`;
}

/** Where a line of the text stands in the file, both from 1. */
export type LineAt = (line: number) => number;

function sameLine(line: number): number {
  return line;
}

export class Source implements Positions {
  readonly #applied: AppliedOverride[] = [];
  #value: unknown;

  private constructor(
    /** As it is shown in messages. */
    readonly name: string,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    private readonly overrides: readonly Override[],
    private readonly lineAt: LineAt,
  ) {}

  /** Reads and parses `file`. Throws InputError when it cannot be read or is no YAML. */
  static read(file: string, overrides: readonly Override[] = []): Source {
    return Source.parse(readText(file), displayName(file), overrides);
  }

  /** @param lineAt where the text is a part of the file */
  static parse(text: string, name: string, overrides: readonly Override[] = [], lineAt: LineAt = sameLine): Source {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, customTags: withoutExponents });
    const whereOf = (offset: number): string => {
      const { line, col } = lines.linePos(offset);
      return `${name}:${lineAt(line)}:${col}`;
    };
    const problems = document.errors.map((error): Problem => {
      const where = whereOf(error.pos[0]);
      if (error.code === 'MULTIPLE_DOCS') {
        const mend = 'put each into a file of its own, and remove the line ---';
        return { where, key: '', what: 'a second YAML document begins here', mend };
      }
      return { where, key: '', what: lowerFirst(error.message), mend: mendOf(error, text) };
    });
    if (problems.length === 0 && text.includes('*')) problems.push(...aliasProblems(document, name, whereOf));
    if (problems.length > 0) throw new InputError(problems);
    const source = new Source(name, document, lines, overrides, lineAt);
    source.applyOverrides();
    return source;
  }

  /** The contents as plain values; nobody changes them. */
  value(): unknown {
    this.#value ??= narrowed(this.document.toJS());
    return this.#value;
  }

  /** Where `path` stands; the deepest part of it that exists when it does not exist itself. `at: 'key'` points at the key. */
  where(path: KeyPath, at: 'key' | 'value' = 'value'): string {
    const override = this.setter(path) ?? this.creator(path);
    if (override !== undefined) return placeOf(override, path);
    const { line, col } = this.lines.linePos(this.offsetOf(path, at));
    return `${this.name}:${this.lineAt(line)}:${col}`;
  }

  problem(path: KeyPath, what: string, mend: string, at: 'key' | 'value' = 'value'): Problem {
    const creator = this.setter(path) === undefined ? this.creator(path) : undefined;
    const setting = creator?.where === undefined ? 'the option' : 'the setting';
    const remark =
      creator === undefined ? '' : `, or mend ${setting}: ${this.name} has no ${formatPath(creator.created)}`;
    return { where: this.where(path, at), key: formatPath(path), what, mend: `${mend}${remark}` };
  }

  /** The override that gave `path` its value: of several the last. */
  private setter(path: KeyPath): AppliedOverride | undefined {
    return this.#applied.findLast((candidate) => isPrefix(candidate.path, path));
  }

  /** The override that brought what `path` stands in. */
  private creator(path: KeyPath): AppliedOverride | undefined {
    return this.#applied.find(
      (candidate) => candidate.created.length < candidate.path.length && isPrefix(candidate.created, path),
    );
  }

  private offsetOf(path: KeyPath, at: 'key' | 'value'): number {
    let node: unknown = this.document.contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, segment] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
        );
        if (pair === undefined) return offset;
        const wantsKey = at === 'key' && depth === path.length - 1;
        offset = (wantsKey ? undefined : startOf(pair.value)) ?? startOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(segment)];
        if (item === undefined) return offset;
        offset = startOf(item) ?? offset;
        node = item;
      } else {
        return offset;
      }
    }
    return offset;
  }

  private applyOverrides(): void {
    for (const override of this.overrides) {
      const depth = override.path.findIndex((_, at) => !this.document.hasIn(override.path.slice(0, at + 1)));
      const created = depth < 0 ? override.path : override.path.slice(0, depth + 1);
      this.#applied.push({ ...override, created });
      try {
        this.document.setIn(override.path, this.document.createNode(override.value));
      } catch {
        throw new InputError([
          {
            where: placeOf(override),
            key: formatPath(override.path),
            what: `${this.name} has no place for this path`,
            mend: 'name a key of the topology, such as nodes.ue1.sim.k',
          },
        ]);
      }
    }
  }
}

/** Aliases are resolved when the values are made, so the parser has not seen what is wrong with them. */
function aliasProblems(
  document: Document.Parsed,
  name: string,
  whereOf: (offset: number) => string,
): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const mend = `write &${alias.source} at the value that is meant, above this line`;
      problems.push({ where: whereOf(startOf(alias) ?? 0), key: '', what: `*${alias.source} names nothing`, mend });
    },
  });
  if (problems.length > 0) return problems;
  try {
    document.toJS();
    return [];
  } catch {
    return [{ where: name, key: '', what: 'its aliases multiply without end', mend: 'write the values out' }];
  }
}

function placeOf({ where, text, path: own, parts = [] }: Override, path: KeyPath = []): string {
  const within = path.slice(own.length);
  return parts.find((part) => isPrefix(part.path, within))?.where ?? where ?? `--set ${text}`;
}

/** Reads `PATH=VALUE`: the value is YAML, but digits that YAML would change (leading zeros, 32 digits) stay text. */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(equals, 0));
  if (path === '' || path.split('.').includes('')) {
    throw new InputError([
      {
        where: `--set ${text}`,
        key: '',
        what: 'is not PATH=VALUE',
        mend: 'write it like --set nodes.ue1.call.answer=busy',
      },
    ]);
  }
  const valueText = text.slice(equals + 1);
  return { path: path.split('.'), value: parseValue(valueText, text), text };
}

function parseValue(valueText: string, option: string): unknown {
  let value: unknown;
  try {
    value = parse(valueText, { customTags: withoutExponents });
  } catch {
    throw new InputError([
      { where: `--set ${option}`, key: '', what: 'the value is no YAML', mend: 'put text with : or # in quotes' },
    ]);
  }
  return typeof value === 'number' && String(value) !== valueText ? valueText : value;
}

export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function isPrefix(prefix: KeyPath, path: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => String(part) === String(path[index]));
}

function startOf(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}

function readText(file: string): string {
  const name = displayName(file);
  try {
    const bytes = readFileSync(file);
    if (bytes.length > SIZE_MAX) {
      throw new InputError([{ where: name, key: '', what: 'is larger than 8 MB', mend: 'give a YAML file' }]);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw readFailure(error, name);
  }
}

/** What goes wrong when a file is read, as the InputError that it is for a user. */
export function readFailure(error: unknown, name: string): InputError {
  if (error instanceof InputError) return error;
  const { code } = error as { code?: string };
  if (code === undefined) throw error;
  return new InputError([
    { where: name, key: '', what: `cannot be read, ${READ_FAILURES[code] ?? code}`, mend: remedyOf(code) },
  ]);
}

function remedyOf(code: string): string {
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'save it as UTF-8' : 'check the path';
}

/** Relative to the working directory where that is shorter. */
export function displayName(file: string): string {
  const short = relative('', file);
  return short !== '' && !short.startsWith('..') && !isAbsolute(short) ? short : file;
}

function lowerFirst(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/\.$/, '');
}

/**
 * Texts as copies of their own. V8 gives each character of a text two octets if one of them is beyond Latin-1, also in the
 * pieces of it, and in what is put together with those: one ellipsis in a comment would make every identity, and each
 * message with one, twice as large. Changes objects in place, those that hold themselves too.
 */
function narrowed(value: unknown, seen = new Set<unknown>()): unknown {
  if (typeof value === 'string') {
    const octets = Buffer.from(value);
    return octets.length === value.length ? octets.toString('latin1') : value; // ASCII, else as it is
  }
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const container = value as Record<string, unknown>;
  for (const key of Object.keys(container)) container[key] = narrowed(container[key], seen);
  return value;
}
