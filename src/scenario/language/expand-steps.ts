/** Written steps → steps of the model: values put in place, loops unrolled, each step checked by the schema of its word. */
import type { z } from 'zod';
import type { Fault } from '../../faults/index.js';
import { suggest } from '../../selection/index.js';
import type { Problem } from '../../topology/problem.js';
import { formatPath, type KeyPath, type Source } from '../../topology/source.js';
import { check, shown } from '../../topology/validate.js';
import type { Step, StepPlace } from '../model.js';
import { type Building, buildAction, buildExpectation, buildFault } from './build-step.js';
import { type FaultInput, faultSchemas, faultWord } from './fault-schema.js';
import type { Names } from './names.js';
import {
  type ActionWord,
  actionSchemas,
  blockSchemas,
  branchSchema,
  type ExpectationWord,
  expectationSchemas,
  faultStepSchemas,
} from './step-schema.js';
import { fault as faultStep, parallel } from './steps.js';
import type { Complain, Plain, Scope } from './substitution.js';

const STEPS_MAX = 100_000;

/** Where a step stands in its file. */
export interface WrittenPlace extends StepPlace {
  readonly path: KeyPath;
}

/** There are more steps than a run could take: nothing after them is looked at. */
class TooManySteps extends Error {}

export class StepReader {
  /** Values of steps that could not be read: what they would have made is not missed later. */
  readonly unread: unknown[] = [];
  #count = 0;

  constructor(
    private readonly source: Source,
    private readonly names: Names,
    private readonly problems: Problem[],
  ) {}

  readonly complain: Complain = (path, what, mend, at) => {
    this.problems.push(this.source.problem(path, what, mend, at));
  };

  /** The steps as far as they can be read. */
  steps(values: readonly unknown[], path: KeyPath, scope: Scope): readonly Step[] {
    try {
      return this.#list(values, path, scope);
    } catch (error) {
      if (!(error instanceof TooManySteps)) throw error;
      return [];
    }
  }

  fault(value: unknown, path: KeyPath, scope: Scope): Fault | undefined {
    const before = this.problems.length;
    const filled = scope.fill(value, path, this.complain);
    if (this.problems.length > before) return undefined;
    const word = faultWord(filled);
    if (word === undefined) {
      this.unread.push(filled);
      this.complain(path, 'says no fault', mendOf(filled, Object.keys(faultSchemas)));
      return undefined;
    }
    const input = this.#checked(faultSchemas[word], filled, path);
    return input === undefined ? undefined : buildFault(word, input as FaultInput, this.#building(path));
  }

  #list(values: readonly unknown[], path: KeyPath, scope: Scope): readonly Step[] {
    return values.flatMap((value, index) => this.#step(value, [...path, index], scope));
  }

  #step(value: unknown, path: KeyPath, scope: Scope): readonly Step[] {
    this.#count++;
    this.#checkCount(path);
    const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    const kind = KINDS.find((candidate) => keys.includes(candidate));
    if (kind === undefined) {
      this.unread.push(value);
      this.complain(path, `${keys.length === 0 ? shown(value) : 'it'} says no step`, mendOf(value, KINDS));
      return [];
    }
    return this.#kinds[kind](value, path, scope);
  }

  #checkCount(path: KeyPath): void {
    if (this.#count <= STEPS_MAX) return;
    const mend = 'repeat less often, or use several scenarios';
    this.complain(path, `comes to more than ${STEPS_MAX} steps, the most that a scenario may have`, mend);
    throw new TooManySteps();
  }

  readonly #kinds: Readonly<Record<Kind, (value: unknown, path: KeyPath, scope: Scope) => readonly Step[]>> = {
    do: (value, path, scope) => this.#filled(value, path, scope, (filled) => this.#action(filled, path)),
    expect: (value, path, scope) => this.#filled(value, path, scope, (filled) => this.#expectation(filled, path)),
    parallel: (value, path, scope) => this.#parallel(value, path, scope),
    for: (value, path, scope) => this.#for(value, path, scope),
    repeat: (value, path, scope) => this.#repeat(value, path, scope),
  };

  /** A step with a name in it that stands for nothing says nothing else worth telling. */
  #filled(value: unknown, path: KeyPath, scope: Scope, read: (filled: unknown) => readonly Step[]): readonly Step[] {
    const before = this.problems.length;
    const filled = scope.fill(value, path, this.complain);
    if (this.problems.length === before) return read(filled);
    this.unread.push(value);
    return [];
  }

  #action(value: unknown, path: KeyPath): readonly Step[] {
    const name = (value as { do: unknown }).do;
    if (name === 'fault') return this.#faultStep(value, path);
    const schema = this.#schema(actionSchemas, name, ['fault'], value, [...path, 'do']);
    const input = schema && this.#checked(schema, value, path);
    return input === undefined ? [] : this.#built(buildAction(name as ActionWord, input, this.#building(path)));
  }

  #expectation(value: unknown, path: KeyPath): readonly Step[] {
    const name = (value as { expect: unknown }).expect;
    const schema = this.#schema(expectationSchemas, name, [], value, [...path, 'expect']);
    const input = schema && this.#checked(schema, value, path);
    if (input === undefined) return [];
    return this.#built(buildExpectation(name as ExpectationWord, input, this.#building(path)));
  }

  #faultStep(value: unknown, path: KeyPath): readonly Step[] {
    const word = faultWord(value);
    if (word === undefined) {
      this.unread.push(value);
      this.complain(path, 'says no fault', mendOf(value, Object.keys(faultSchemas)));
      return [];
    }
    const input = this.#checked(faultStepSchemas[word], value, path);
    const building = this.#building(path);
    const planned = input === undefined ? undefined : buildFault(word, input as FaultInput, building);
    return planned === undefined ? [] : this.#built(faultStep(planned, building.place));
  }

  #parallel(value: unknown, path: KeyPath, scope: Scope): readonly Step[] {
    const input = this.#checked(blockSchemas.parallel, value, path);
    if (input === undefined) return [];
    const branches = input.parallel.map((branch, index) => {
      const at = [...path, 'parallel', index];
      if (!isBlock(branch)) return this.#step(branch, at, scope);
      const block = this.#checked(branchSchema, branch, at);
      return block === undefined ? [] : this.#list(block.steps, [...at, 'steps'], scope);
    });
    return this.#together(branches, path);
  }

  #for(value: unknown, path: KeyPath, scope: Scope): readonly Step[] {
    const written = value as { in?: unknown };
    const at = [...path, 'in'];
    const filled = 'in' in written ? { ...written, in: scope.fill(written.in, at, this.complain) } : written;
    const input = this.#checked(blockSchemas.for, filled, path);
    if (input === undefined) return [];
    if (scope.has(input.for)) {
      this.complain([...path, 'for'], `'${input.for}' has a value already`, 'choose another name');
    }
    const values = input.in.flatMap((one, index): readonly Plain[] =>
      typeof one === 'string' ? this.names.expand([one], 'node', [...at, index], this.complain) : [one],
    );
    const turns = values.map((one) => this.#list(input.steps, [...path, 'steps'], scope.with(input.for, one)));
    return input['at-once'] === true ? this.#together(turns, path) : turns.flat();
  }

  #repeat(value: unknown, path: KeyPath, scope: Scope): readonly Step[] {
    const { repeat, ...rest } = value as { repeat: unknown };
    const filled = { repeat: scope.fill(repeat, [...path, 'repeat'], this.complain), ...rest };
    const input = this.#checked(blockSchemas.repeat, filled, path);
    if (input === undefined) return [];
    // Every turn is the same: it is read once.
    const before = this.#count;
    const turn = this.#list(input.steps, [...path, 'steps'], scope);
    this.#count = before + (this.#count - before) * input.repeat;
    this.#checkCount(path);
    return Array.from({ length: input.repeat }, () => turn).flat();
  }

  #together(branches: readonly (readonly Step[])[], path: KeyPath): readonly Step[] {
    const kept = branches.filter((branch) => branch.length > 0); // an empty one could not be read
    return kept.length === 0 ? [] : this.#built(parallel(kept, this.#building(path).place));
  }

  #built(step: Step | undefined): readonly Step[] {
    return step === undefined ? [] : [step];
  }

  #schema(
    schemas: Readonly<Record<string, z.ZodType>>,
    name: unknown,
    others: readonly string[],
    value: unknown,
    path: KeyPath,
  ): z.ZodType | undefined {
    if (typeof name === 'string' && Object.hasOwn(schemas, name)) return schemas[name];
    this.unread.push(value);
    this.complain(
      path,
      `${shown(name)} is not known here`,
      otherWay(String(name), schemas) ?? suggest(String(name), [...Object.keys(schemas), ...others]),
    );
    return undefined;
  }

  #checked<TSchema extends z.ZodType>(schema: TSchema, value: unknown, path: KeyPath): z.output<TSchema> | undefined {
    const result = check(schema, value, this.source, path);
    if ('data' in result) return result.data;
    this.unread.push(value);
    this.problems.push(...result.problems.map(withExample));
    return undefined;
  }

  #building(path: KeyPath): Building {
    const place: WrittenPlace = { where: this.source.where(path), key: formatPath(path), path };
    return { place, path, names: this.names, complain: this.complain };
  }
}

/** What a missing key may look like. */
const EXAMPLES: Readonly<Record<string, string>> = { by: 'by: 6s', says: 'says: "/K or OPc/"' };

function withExample(problem: Problem): Problem {
  const example = problem.mend === 'add it' ? EXAMPLES[problem.key.slice(problem.key.lastIndexOf('.') + 1)] : undefined;
  return example === undefined ? problem : { ...problem, mend: `add ${example}` };
}

const KINDS = ['do', 'expect', 'parallel', 'repeat', 'for'] as const;
type Kind = (typeof KINDS)[number];

/** How a word is written that is known, but not as what a step does or expects. */
function otherWay(word: string, schemas: Readonly<Record<string, z.ZodType>>): string | undefined {
  if (schemas === expectationSchemas) {
    return /^(?:\dxx|\d{3}|[A-Z]+|[A-Z]+ \d{4})(?: [A-Z]+)?$/.test(word)
      ? `write expect: message, message: ${word}`
      : undefined;
  }
  if (KINDS.some((kind) => kind === word)) return `leave do out: write ${word}:`;
  return Object.hasOwn(faultSchemas, word) ? `write do: fault, ${word}:` : undefined;
}

function isBlock(branch: unknown): boolean {
  if (typeof branch !== 'object' || branch === null) return false;
  return 'steps' in branch && !KINDS.some((kind) => kind in branch);
}

/** The word that a key of the value may have been meant for. */
function mendOf(value: unknown, known: readonly string[]): string {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const meant = keys.map((key) => suggest(key, known)).find((mend) => mend.startsWith('did you mean'));
  return meant ?? `begin it with ${known.slice(0, -1).join(':, ')}: or ${known.at(-1)}:`;
}
