/** A scenario file before there is a lab: its parameters, its matrix, and the head of each combination. */
import type { z } from 'zod';
import { suggest } from '../../selection/index.js';
import type { Lab } from '../../topology/lab.js';
import { InputError, type Problem } from '../../topology/problem.js';
import { type KeyPath, type Override, Source } from '../../topology/source.js';
import { check, shown } from '../../topology/validate.js';
import type { Scenario } from '../model.js';
import { headKeys, headSchema, scenarioSchema, variablesSchema } from './scenario-schema.js';
import { type Complain, type Plain, Scope } from './substitution.js';

/** What is known of a scenario before there is a lab; one of each combination of the file's matrix. */
export interface ScenarioHead {
  /** With the combination: `stop-node [node=hss1]`. */
  readonly name: string;
  readonly description: string | undefined;
  /** Name or file of the topology that it is written for. */
  readonly topology: string | undefined;
  /** Changes of that topology that it needs. */
  readonly overrides: readonly Override[];
  /** Undefined where it follows from the steps. */
  readonly environments: Scenario['environments'] | undefined;
  readonly seeds: readonly number[];
  /** Of the matrix. */
  readonly combination: Readonly<Record<string, Plain | readonly Plain[]>>;
  /** Parameters and the values of the combination, as they stand for `${name}`. */
  readonly values: Readonly<Record<string, Plain | readonly Plain[]>>;
}

/** One combination of the matrix. */
export interface Variant {
  readonly head: ScenarioHead;
  scopeIn(lab: Lab): Scope;
}

/** In place of one that cannot be read, so that the rest of the file is read all the same. */
const NO_HEAD: z.output<typeof headSchema> = { name: '' };

type Variables = ReadonlyMap<string, Plain | readonly Plain[]>;

const COMBINATIONS_MAX = 1_000;
/** Deeper than any file that somebody wrote. */
const DEPTH_MAX = 64;

export class ScenarioFile {
  readonly problems: Problem[] = [];

  private constructor(
    readonly source: Source,
    /** The file's keys, nothing put in place yet. */
    readonly written: Readonly<Record<string, unknown>>,
    /** Which combinations of the matrix are wanted, `--set matrix.node=hss1`; all where there are none. */
    private readonly choices: readonly Override[] = [],
  ) {}

  /** @param overrides those below `params` and `matrix`. Throws InputError for what is no scenario file at all. */
  static read(file: string, overrides: readonly Override[] = []): ScenarioFile {
    const choices = overrides.filter(({ path }) => path[0] === 'matrix');
    const plain = new ScenarioFile(...written(Source.read(file)), choices);
    const own = overrides.filter(({ path }) => path[0] === 'params');
    if (own.length === 0) return plain;
    plain.#refuseUnknown(own);
    return new ScenarioFile(...written(Source.read(file, own)), choices);
  }

  readonly complain: Complain = (path, what, mend, at) => {
    this.problems.push(this.source.problem(path, what, mend, at));
  };

  /**
   * One for each combination. What is wrong with heads goes into `problems`; throws InputError where nobody could tell what
   * the names in the file stand for.
   */
  variants(): readonly Variant[] {
    this.#checkKeys();
    const { params, matrix } = this.written;
    const result = check(variablesSchema, { params, matrix }, this.source);
    if ('problems' in result) throw new InputError([...this.problems, ...result.problems]);
    const { data } = result;
    for (const name of Object.keys(data.matrix ?? {})) {
      if (!Object.hasOwn(data.params ?? {}, name)) continue;
      this.complain(['matrix', name], `'${name}' is a parameter as well`, 'give one of them another name', 'key');
    }
    return this.#chosen(data.matrix ?? {}).map((combination) =>
      this.#variant(this.#withParams(combination, data.params ?? {}), combination),
    );
  }

  valueAt(path: KeyPath): unknown {
    let value: unknown = this.written;
    for (const part of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[part];
    return value;
  }

  #checkKeys(): void {
    const known = Object.keys(scenarioSchema.shape);
    for (const key of Object.keys(this.written)) {
      if (!known.includes(key)) this.complain([key], 'unknown key', suggest(key, known), 'key');
    }
  }

  #refuseUnknown(overrides: readonly Override[]): void {
    const params = Object(this.written.params) as object;
    const known = Object.keys(params).map((name) => `params.${name}`);
    const problems = overrides.flatMap(({ path, text }): Problem[] => {
      if (path.length === 2 && Object.hasOwn(params, path[1]!)) return [];
      const key = path.join('.');
      const mend = known.length === 0 ? 'add it to its params, or leave the option out' : suggest(key, known);
      const what = `${this.source.name} has no such parameter`;
      return [{ where: `--set ${text}`, key, what, mend }];
    });
    if (problems.length > 0) throw new InputError(problems);
  }

  #chosen(matrix: Readonly<Record<string, readonly Plain[]>>): readonly Variables[] {
    const problems = this.choices.flatMap((choice) => wrongChoice(choice, matrix, this.source.name));
    if (problems.length > 0) throw new InputError(problems);
    return this.#combinations(matrix).filter((combination) =>
      this.choices.every(({ path, value }) => String(combination.get(String(path[1]))) === String(value)),
    );
  }

  #combinations(matrix: Readonly<Record<string, readonly Plain[]>>): readonly Variables[] {
    let combinations: readonly Variables[] = [new Map()];
    for (const [name, values] of Object.entries(matrix)) {
      if (combinations.length * values.length > COMBINATIONS_MAX) {
        this.complain(['matrix'], `has more than ${COMBINATIONS_MAX} combinations`, 'use several scenarios');
        return [];
      }
      combinations = combinations.flatMap((earlier) => values.map((value) => new Map([...earlier, [name, value]])));
    }
    return combinations;
  }

  /** A parameter may refer to those above it, and to the matrix. */
  #withParams(combination: Variables, params: Readonly<Record<string, Plain | readonly Plain[]>>): Variables {
    const variables = new Map(combination);
    for (const [name, value] of Object.entries(params)) {
      const filled = new Scope(variables, undefined).fill(value, ['params', name], this.complain);
      variables.set(name, filled as Plain | readonly Plain[]);
    }
    return variables;
  }

  #variant(variables: Variables, combination: Variables): Variant {
    const scope = new Scope(variables, undefined);
    const filled = Object.fromEntries(
      headKeys
        .filter((key) => Object.hasOwn(this.written, key))
        // Paths of `set` keep their keys, so that each problem has its place.
        .map((key) => [key, key === 'set' ? this.written.set : scope.fill(this.written[key], [key], this.complain)]),
    );
    const result = check(headSchema, filled, this.source);
    if ('problems' in result) this.problems.push(...result.problems);
    const { name, description, topology, environments, seeds, set = {} } = 'data' in result ? result.data : NO_HEAD;
    const suffix = [...combination].map(([key, value]) => `${key}=${value}`).join(', ');
    const head: ScenarioHead = {
      name: suffix === '' ? name : `${name} [${suffix}]`,
      description,
      topology,
      overrides: Object.entries(set).flatMap(([key, value]) =>
        this.#override(key, scope.fill(value, ['set', key], this.complain), scope),
      ),
      environments,
      seeds: seeds ?? [1],
      combination: Object.fromEntries(combination),
      values: Object.fromEntries(variables),
    };
    return { head, scopeIn: (lab) => new Scope(variables, lab) };
  }

  #override(key: string, value: unknown, scope: Scope): readonly Override[] {
    const path = String(scope.fill(key, ['set', key], this.complain));
    const parts = path.split('.');
    if (parts.includes('')) {
      this.complain(['set', key], `'${path}' is no path`, 'write it like nodes.ue1.call.answer', 'key');
      return [];
    }
    const text = `${path}=${typeof value === 'string' ? value : shown(value)}`;
    const where = this.source.where(['set', key]);
    const given = this.#givenByOptions(['set', key], []);
    return [{ path: parts, value, text, where, ...(given.length > 0 && { parts: given }) }];
  }

  /** What stands there with a parameter that an option has changed: the option is to blame. */
  #givenByOptions(base: KeyPath, path: KeyPath): NonNullable<Override['parts']> {
    const value = this.valueAt([...base, ...path]);
    if (typeof value === 'object' && value !== null) {
      return Object.keys(value).flatMap((key) => this.#givenByOptions(base, [...path, key]));
    }
    const option = Object.keys(Object(this.written.params) as object)
      .filter((name) => typeof value === 'string' && value.includes(`\${${name}}`))
      .map((name) => `${this.source.where(['params', name])} (\${${name}} at ${this.source.where([...base, ...path])})`)
      .find((text) => text.startsWith('--set '));
    return option === undefined ? [] : [{ path, where: option }];
  }
}

function wrongChoice(
  { path, value, text }: Override,
  matrix: Readonly<Record<string, readonly Plain[]>>,
  file: string,
): readonly Problem[] {
  const key = path.join('.');
  const [, name, ...deeper] = path.map(String);
  const values = name !== undefined && Object.hasOwn(matrix, name) ? matrix[name] : undefined;
  if (values === undefined || deeper.length > 0) {
    const known = Object.keys(matrix).map((each) => `matrix.${each}`);
    const mend = known.length === 0 ? 'leave the option out' : suggest(key, known);
    const what = known.length === 0 ? 'has no matrix' : `has no '${key}'`;
    return [{ where: `--set ${text}`, key, what: `${file} ${what}`, mend }];
  }
  const known = values.map(String);
  if (known.includes(String(value))) return [];
  return [
    {
      where: `--set ${text}`,
      key,
      what: `'${String(value)}' is none of its values`,
      mend: suggest(String(value), known),
    },
  ];
}

function written(source: Source): [Source, Readonly<Record<string, unknown>>] {
  const value = source.value();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const result = check(scenarioSchema, value, source);
    throw new InputError('problems' in result ? result.problems : []);
  }
  if (isDeeperThan(DEPTH_MAX, value)) {
    throw new InputError([source.problem([], `nests more than ${DEPTH_MAX} blocks`, 'write it flatter')]);
  }
  return [source, value as Readonly<Record<string, unknown>>];
}

/** Also of a value that holds itself by an alias: `around` are the blocks that it stands in. */
function isDeeperThan(depthMax: number, value: unknown, around: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depthMax === 0 || around.has(value)) return true;
  const within = new Set([...around, value]);
  return Object.values(value).some((item) => isDeeperThan(depthMax - 1, item, within));
}

/** Loops and the matrix read one place several times. */
export function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const { where, key, what } = problem;
    const id = `${where} ${key} ${what}`;
    if (!seen.has(id)) seen.set(id, problem);
  }
  return [...seen.values()];
}
