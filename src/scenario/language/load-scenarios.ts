/** Reads a scenario file: its head before there is a lab, then all of it against the lab. */
import type { Fault } from '../../faults/index.js';
import type { Lab } from '../../topology/lab.js';
import { InputError, type Problem } from '../../topology/problem.js';
import type { KeyPath, Override } from '../../topology/source.js';
import { check } from '../../topology/validate.js';
import type { Scenario, StepPlace } from '../model.js';
import type { Finding } from './check-context.js';
import { checkScenario } from './check-scenario.js';
import { StepReader, type WrittenPlace } from './expand-steps.js';
import { Names } from './names.js';
import type { Subject } from './progress.js';
import { scenario } from './scenario.js';
import { distinct, ScenarioFile, type ScenarioHead, type Variant } from './scenario-file.js';
import { bodyKeys, bodySchema } from './scenario-schema.js';
import { unknownRules } from './unknown-rules.js';

export type { ScenarioHead } from './scenario-file.js';

export interface LoadOptions {
  /** `--set params.hold=5s`, `--set matrix.node=hss1`: those below `params` and `matrix` are for scenarios, others are left alone. */
  readonly overrides?: readonly Override[] | undefined;
  /** Ids of the rules that there are: others are mistakes. Any where absent. */
  readonly rules?: readonly string[] | undefined;
}

/** The heads of a file, at least one. Throws InputError with every problem of its head. */
export function readScenarioHeads(file: string, options: LoadOptions = {}): readonly ScenarioHead[] {
  const written = ScenarioFile.read(file, options.overrides);
  const heads = written.variants().map(({ head }) => head);
  if (written.problems.length > 0) throw new InputError(distinct(written.problems));
  return heads;
}

/**
 * The scenarios of a file, one for each combination of its matrix.
 *
 * @param lab the lab that they are to run in, or how to get that of a head whose topology or changes differ
 * Throws InputError with every problem of the file.
 */
export function loadScenarios(
  file: string,
  lab: Lab | ((head: ScenarioHead) => Lab),
  options: LoadOptions = {},
): readonly Scenario[] {
  const written = ScenarioFile.read(file, options.overrides);
  const { problems } = written;
  const variants = written.variants();
  if (typeof lab === 'function' && problems.length > 0) throw new InputError(distinct(problems));
  const scenarios = variants.flatMap((variant) => {
    const loaded = loadVariant(written, variant, typeof lab === 'function' ? lab(variant.head) : lab);
    return loaded === undefined ? [] : [loaded];
  });
  if (options.rules !== undefined) problems.push(...unknownRules(written, options.rules));
  if (problems.length > 0) throw new InputError(distinct(problems));
  return scenarios;
}

function loadVariant(file: ScenarioFile, variant: Variant, lab: Lab): Scenario | undefined {
  const { problems } = file;
  const before = problems.length;
  const { source, written } = file;
  const here = variant.scopeIn(lab);
  const reader = new StepReader(source, new Names(lab), problems);
  const filled = Object.fromEntries(
    bodyKeys
      .filter((key) => Object.hasOwn(written, key))
      .map((key) => [key, here.fill(written[key], [key], reader.complain)]),
  );
  const frame = check(bodySchema, { ...filled, faults: written.faults, steps: written.steps }, source);
  if ('problems' in frame) problems.push(...frame.problems);
  const faultPlaces: WrittenPlace[] = [];
  const faults = listOf(written.faults).flatMap((value, index): readonly Fault[] => {
    const path = ['faults', index];
    const fault = reader.fault(value, path, here);
    if (fault !== undefined) faultPlaces.push({ where: source.where(path), key: `faults[${index}]`, path });
    return fault === undefined ? [] : [fault];
  });
  const steps = reader.steps(listOf(written.steps), ['steps'], here.capturing(capturesIn(written.steps)));
  const data = 'data' in frame ? frame.data : undefined;
  const result = scenario({ ...data, ...variant.head, faults, steps }, { where: source.where([]), key: '' });
  const doubts = doubtsAbout(reader.unread);
  problems.push(
    ...checkScenario(result, lab, {
      locate: (place, finding) => located(file, place, finding),
      faultPlaces,
      variables: here.names,
      isDoubtful: (subject) => doubts.has(subject),
    }),
  );
  return problems.length > before ? undefined : result;
}

/** The names under which steps keep what they find in messages. */
function capturesIn(value: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return names;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'capture') for (const name of Object.keys(Object(item) as object)) names.add(name);
    else capturesIn(item, names);
  }
  return names;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function located(file: ScenarioFile, place: StepPlace, { at, what, mend, isKey, word }: Finding): Problem {
  const base: KeyPath = 'path' in place ? (place as WrittenPlace).path : place.key === '' ? [] : place.key.split('.');
  const path = [...base, ...at];
  const index = word === undefined ? -1 : listOf(file.valueAt(path)).indexOf(word);
  return file.source.problem(index < 0 ? path : [...path, index], what, mend, isKey === true ? 'key' : 'value');
}

/** What steps that could not be read may have made: nobody is told that it is missing. */
function doubtsAbout(unread: readonly unknown[], subjects = new Set<Subject>()): ReadonlySet<Subject> {
  for (const value of unread) {
    if (typeof value !== 'object' || value === null) continue;
    const { as, ue, node, capture } = value as Readonly<Record<string, unknown>>;
    if (typeof as === 'string') subjects.add(`call ${as}`).add(`fault ${as}`);
    for (const name of [ue, node].flat()) if (typeof name === 'string') subjects.add(`node ${name}`);
    for (const name of Object.keys(Object(capture) as object)) subjects.add(`capture ${name}`);
    if ('between' in value) subjects.add('cut');
    doubtsAbout(Object.values(value), subjects);
  }
  return subjects;
}
