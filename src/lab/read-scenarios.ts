/** A scenario file with the topology that it runs on: what the command line adds to either. */
import { loadScenarios, readScenarioHeads } from '../scenario/language/load-scenarios.js';
import type { Scenario } from '../scenario/model.js';
import { findTopology } from '../topology/find-file.js';
import type { Lab } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';
import { type Override, parseOverride } from '../topology/source.js';

export const DEFAULT_TOPOLOGY = 'topologies/volte.yaml';

export interface ReadingOptions {
  /** File or name of a topology in place of the one that the scenario names. */
  readonly topology: string | undefined;
  /** `PATH=VALUE`, as typed: below `params` for the scenario, else for the topology. */
  readonly set: readonly string[];
}

export interface ReadScenario {
  readonly scenario: Scenario;
  /** As loaded from its file, with the scenario's changes and those of the command line. */
  readonly lab: Lab;
}

/** The scenarios of a file, one for each combination of its matrix. Throws InputError with every problem of the files. */
export function readScenarios(file: string, { topology, set }: ReadingOptions): readonly ReadScenario[] {
  const overrides = set.map(parseOverride);
  const own = overrides.filter(({ path }) => path[0] === 'params');
  const forTopology = overrides.filter(({ path }) => path[0] !== 'params');
  const labs = new Map<string, Lab>();
  const labFor = (head: { readonly topology: string | undefined; readonly overrides: readonly Override[] }): Lab => {
    const name = topology ?? head.topology ?? DEFAULT_TOPOLOGY;
    const key = JSON.stringify([name, head.overrides.map(({ text }) => text)]);
    const known = labs.get(key) ?? loadLab(findTopology(name), [...head.overrides, ...forTopology]);
    labs.set(key, known);
    return known;
  };
  const byName = new Map(readScenarioHeads(file, { overrides: own }).map((head) => [head.name, labFor(head)]));
  return loadScenarios(file, labFor, { overrides: own }).map((scenario) => ({
    scenario,
    lab: byName.get(scenario.name)!,
  }));
}
