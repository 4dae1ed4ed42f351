/** Runs a schema over a file and turns what it finds into problems with positions and remedies. */
import type { z } from 'zod';
import { suggest } from '../selection/index.js';
import { InputError, type Problem } from './problem.js';
import type { KeyPath, Positions, Source } from './source.js';

/** What a missing key may look like, by its last name. */
const EXAMPLES: Readonly<Record<string, string>> = {
  home: 'home: ims.mnc001.mcc001.3gppnetwork.org',
  nodes: 'nodes: with one line a node',
  role: 'role: ue (or p-cscf, i-cscf, s-cscf, hss, as)',
  listen: 'listen: [udp://127.0.1.1:5060]',
  address: 'address: udp://192.0.2.10:5060',
  imsi: 'imsi: "001010000000001"',
  via: 'via: pcscf1',
  hss: 'hss: hss1',
  diameter: 'diameter: { hss: hss1 }',
  subscribers: 'subscribers: subscribers/default',
  k: 'k: with 32 hexadecimal digits',
  between: 'between: [ue1, pcscf1]',
  'hold-for': 'hold-for: 2s',
  for: 'for: 2s',
  to: 'to: ue2',
  from: 'from: ue1',
  ue: 'ue: ue1',
  node: 'node: scscf1',
  as: 'as: c1',
  name: 'name: with a word of your own',
  steps: 'steps: with one line a step',
};

/** The schema's output, or the problems that it has with `value` (which stands at `base` in `source`). */
export function check<TSchema extends z.ZodType>(
  schema: TSchema,
  value: unknown,
  source: Positions,
  base: KeyPath = [],
): { readonly data: z.output<TSchema> } | { readonly problems: readonly Problem[] } {
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data };
  return { problems: withoutMisspelt(result.error.issues.flatMap((issue) => toProblems(issue, value, source, base))) };
}

/** A key that is there, misspelt, is not missing as well. */
function withoutMisspelt(problems: readonly Problem[]): readonly Problem[] {
  const meant = problems.flatMap(({ key, what, mend }) => {
    const nearest = what === UNKNOWN_KEY ? /^did you mean '(.*)'\?$/.exec(mend)?.[1] : undefined;
    return nearest === undefined ? [] : [key.slice(0, key.lastIndexOf('.') + 1) + nearest];
  });
  return problems.filter(({ key, what }) => what !== MISSING || !meant.includes(key));
}

const UNKNOWN_KEY = 'unknown key';
const MISSING = 'is missing';

/** As `check`, but throws the problems. */
export function read<TSchema extends z.ZodType>(schema: TSchema, source: Source): z.output<TSchema> {
  const result = check(schema, source.value(), source);
  if ('problems' in result) throw new InputError(result.problems);
  return result.data;
}

function toProblems(issue: z.core.$ZodIssue, root: unknown, source: Positions, base: KeyPath): readonly Problem[] {
  const parts = shortForm(root, issue.path);
  const path = [...base, ...parts.map((part) => (typeof part === 'number' ? part : String(part)))];
  const input = valueAt(root, parts);
  switch (issue.code) {
    case 'unrecognized_keys':
      // `strict` put the keys that the schema knows into the message.
      return issue.keys.map((key) =>
        source.problem([...path, key], UNKNOWN_KEY, suggest(key, issue.message.split(' ')), 'key'),
      );
    case 'invalid_type':
      if (input === undefined) {
        const name = String(path.at(-1) ?? '');
        return [source.problem(path, MISSING, `add ${EXAMPLES[name] ?? `${name}:`}`)];
      }
      if (path.length === 0 && input === null) {
        return [source.problem(path, 'the file is empty', 'begin with a copy of one that is shipped')];
      }
      return [
        source.problem(
          path,
          `${shown(input)} is not ${TYPES[issue.expected] ?? issue.expected}`,
          `write ${TYPES[issue.expected] ?? issue.expected}`,
        ),
      ];
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (input === undefined) return [source.problem(path, MISSING, `add one of ${known.join(', ')}`)];
      return [source.problem(path, `${shown(input)} is not known here`, suggest(String(input), known))];
    }
    case 'too_small':
      return [source.problem(path, `${sized(input, issue.origin)} is too small`, `use ${issue.minimum} or more`)];
    case 'too_big':
      if (issue.origin === 'string') {
        const what = `${shown(input)} has ${(input as string).length} characters`;
        return [source.problem(path, what, `use ${issue.maximum} or fewer`)];
      }
      return [source.problem(path, `${sized(input, issue.origin)} is too big`, `use ${issue.maximum} or less`)];
    case 'invalid_key':
      return [
        source.problem(
          path,
          `${shown(path.at(-1))} cannot be a name`,
          issue.issues[0]?.message ?? 'choose another',
          'key',
        ),
      ];
    case 'invalid_union': {
      const meant = issue.message === NO_BRANCH ? meantBranch(issue.errors) : undefined;
      if (meant === undefined) return fromMessage(issue, path, input, source);
      return meant.flatMap((each) => toProblems({ ...each, path: [...issue.path, ...each.path] }, root, source, base));
    }
    default:
      return fromMessage(issue, path, input, source);
  }
}

/** What zod says of a union whose schema says nothing itself. */
const NO_BRANCH = 'Invalid input';

/** The one of several forms that the value was probably to have: of its shape, with a mistake within, or else of its type. */
function meantBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return (
    branches.find((issues) => issues.some(({ path }) => path.length > 0)) ??
    branches.find((issues) => issues.every(({ code }) => code !== 'invalid_type'))
  );
}

/** The scalars of this project give `what; mend`. */
function fromMessage(
  { message }: z.core.$ZodIssue,
  path: KeyPath,
  input: unknown,
  source: Positions,
): readonly Problem[] {
  const [what, mend] = message.split('; ', 2);
  const example = input === undefined ? EXAMPLES[String(path.at(-1) ?? '')] : undefined;
  if (example !== undefined) return [source.problem(path, MISSING, `add ${example}`)];
  return [source.problem(path, what ?? message, mend ?? 'mend it')];
}
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in [ ]',
  object: 'a block of keys',
  record: 'a block of keys',
};

export function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return shortened(text);
}

/** As messages have it. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function sized(value: unknown, origin: string): string {
  return origin === 'array' ? `a list of ${(value as unknown[] | undefined)?.length ?? 0}` : shown(value);
}

/**
 * One value may stand in place of a list of it, and text in place of a block that has it: what the schema says of the list's
 * item, or of the block's key, is said of the value.
 */
function shortForm(root: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] {
  const around = valueAt(root, path.slice(0, -1));
  const isSingle = typeof path.at(-1) === 'number' && around !== undefined && !Array.isArray(around);
  const isText = typeof path.at(-1) === 'string' && typeof around === 'string';
  return isSingle || isText ? path.slice(0, -1) : path;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[part];
  return value;
}
