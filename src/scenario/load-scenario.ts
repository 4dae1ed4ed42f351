/** Reads a scenario file against the lab that it is to run in. */
import { canonicalIdentity } from '../ims/identity/index.js';
import { suggest } from '../selection/nearest-word.js';
import type { Lab } from '../topology/lab.js';
import { isUe } from '../topology/lab.js';
import { InputError, type Problem } from '../topology/problem.js';
import { type KeyPath, Source } from '../topology/source.js';
import { check, read } from '../topology/validate.js';
import type { Scenario, Step } from './scenario.js';
import {
  type ActionInput,
  actionSchemas,
  type ExpectationInput,
  expectationSchemas,
  scenarioFrame,
} from './scenario-schema.js';

const STEP_TIMEOUT_MS = 40_000;
const HOLD_FOR_MS = 2_000;

/** Throws InputError with every problem found. */
export function loadScenario(file: string, lab: Lab): Scenario {
  const source = Source.read(file);
  const frame = read(scenarioFrame, source);
  const problems: Problem[] = [];
  const steps = frame.steps.flatMap((value, index) => {
    const input = checkStep(value, index, source, problems);
    return input === undefined ? [] : [{ input, path: ['steps', index] as KeyPath }];
  });
  problems.push(...checkNames(steps, lab, source), ...checkOrder(steps, source), ...checkCallees(steps, source));
  if (problems.length > 0) throw new InputError(problems);
  return {
    name: frame.name,
    steps: steps.map(({ input }, index) => toStep(input, index)),
    checks: frame.checks ?? [],
  };
}

type StepInput = ActionInput | ExpectationInput;

interface PlacedStep {
  readonly input: StepInput;
  readonly path: KeyPath;
}

function checkStep(value: unknown, index: number, source: Source, problems: Problem[]): StepInput | undefined {
  const path = ['steps', index];
  const word = (value ?? {}) as { do?: unknown; expect?: unknown };
  const key = word.do === undefined && word.expect !== undefined ? 'expect' : 'do';
  const schemas: Readonly<Record<string, (typeof actionSchemas)['register']>> =
    key === 'do' ? (actionSchemas as never) : (expectationSchemas as never);
  const name = word[key];
  if (typeof name !== 'string' || !Object.hasOwn(schemas, name)) {
    const known = Object.keys(schemas);
    problems.push(
      name === undefined
        ? source.problem(path, 'says neither do nor expect', `start it with do: ${known.join(', do: ')}, or expect:`)
        : source.problem([...path, key], `'${String(name)}' is not known here`, suggest(String(name), known)),
    );
    return undefined;
  }
  const result = check(schemas[name]!, value, source, path);
  if ('data' in result) return result.data;
  problems.push(...result.problems);
  return undefined;
}

/** UEs, nodes and calls that steps speak of must exist. */
function checkNames(steps: readonly PlacedStep[], lab: Lab, source: Source): readonly Problem[] {
  const calls: string[] = [];
  return steps.flatMap(({ input, path }) => {
    if ('expect' in input && input.expect === 'call' && !calls.includes(input.as)) {
      const mend = calls.length === 0 ? `give the call step before it as: ${input.as}` : suggest(input.as, calls);
      return [source.problem([...path, 'as'], `there is no call '${input.as}' before this step`, mend)];
    }
    if ('do' in input && input.do === 'call' && input.as !== undefined) calls.push(input.as);
    return namesIn(input).flatMap(({ key, name, what }) => {
      const nodes = lab.nodes.filter((node) => (what === 'UE' ? isUe(node) : !node.external));
      if (nodes.some((node) => node.name === name)) return [];
      const mend = suggest(
        name,
        nodes.map((node) => node.name),
      );
      return [source.problem([...path, ...key], `${lab.file} has no ${what} '${name}'`, mend)];
    });
  });
}

/** A node can only be stopped while it runs, and started while it does not. */
function checkOrder(steps: readonly PlacedStep[], source: Source): readonly Problem[] {
  const stopped = new Set<string>();
  return steps.flatMap(({ input, path }) => {
    if ('expect' in input || (input.do !== 'stop' && input.do !== 'start')) return [];
    const isStopped = stopped.has(input.node);
    if (input.do === 'stop') stopped.add(input.node);
    else stopped.delete(input.node);
    if (isStopped === (input.do === 'start')) return [];
    const [what, mend] = isStopped
      ? ['has been stopped already', 'start it in between']
      : ['runs already', 'stop it in a step before'];
    return [source.problem([...path, 'node'], `${input.node} ${what}`, `${mend}, or remove this step`)];
  });
}

function checkCallees(steps: readonly PlacedStep[], source: Source): readonly Problem[] {
  return steps.flatMap(({ input, path }) => {
    if ('expect' in input || input.do !== 'call' || !isUri(input.to)) return [];
    if (canonicalIdentity(input.to) !== undefined) return [];
    const mend = 'write a UE of the topology, sip:user@domain or tel:+15550100001';
    return [source.problem([...path, 'to'], `'${input.to}' is no SIP or tel URI`, mend)];
  });
}

interface NameIn {
  readonly key: KeyPath;
  readonly name: string;
  readonly what: 'UE' | 'node';
}

function namesIn(input: StepInput): readonly NameIn[] {
  if ('expect' in input) return input.expect === 'registration' ? [{ key: ['ue'], name: input.ue, what: 'UE' }] : [];
  switch (input.do) {
    case 'register':
    case 'deregister':
      return input.ue.map((name, index) => ({ key: ['ue', index], name, what: 'UE' }));
    case 'call': {
      const callee: NameIn = { key: ['to'], name: input.to, what: 'UE' };
      return [{ key: ['from'], name: input.from, what: 'UE' }, ...(isUri(input.to) ? [] : [callee])];
    }
    case 'stop':
    case 'start':
      return [{ key: ['node'], name: input.node, what: 'node' }];
    case 'wait':
      return [];
  }
}

/** Whether a callee is given as a URI, not as a UE of the topology. */
export function isUri(callee: string): boolean {
  return callee.startsWith('sip:') || callee.startsWith('tel:');
}

function toStep(input: StepInput, index: number): Step {
  if ('expect' in input) {
    if (input.expect === 'registration') return { ...input, status: input.status };
    const { expect, as, is, status, timeout } = input;
    return { expect, as, is, status, timeoutMs: timeout ?? STEP_TIMEOUT_MS };
  }
  switch (input.do) {
    case 'register':
    case 'deregister':
      return { do: input.do, ue: input.ue, timeoutMs: input.timeout ?? STEP_TIMEOUT_MS };
    case 'call': {
      const holdForMs = input['hold-for'] ?? HOLD_FOR_MS;
      const timeoutMs = input.timeout ?? STEP_TIMEOUT_MS + holdForMs;
      return { do: 'call', from: input.from, to: input.to, as: input.as ?? `call ${index + 1}`, holdForMs, timeoutMs };
    }
    case 'wait':
      return { do: 'wait', forMs: input.for };
    case 'stop':
    case 'start':
      return input;
  }
}
