/** A scenario file with the topology that it runs on: what the command line adds to either. */
import { ruleIds } from '../conformance/index.js';
import { loadScenarios, type ScenarioHead } from '../scenario/language/load-scenarios.js';
import type { Scenario } from '../scenario/model.js';
import { readdressed, simulatedAddresses } from '../topology/addresses.js';
import { findTopology } from '../topology/find-file.js';
import type { Lab } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';
import { type Override, parseOverride } from '../topology/source.js';

const DEFAULT_TOPOLOGY = 'topologies/volte.yaml';

export interface ReadingOptions {
  /** File or name of a topology in place of the one that the scenario names. */
  readonly topology: string | undefined;
  /** `PATH=VALUE`, as typed: below `params` and `matrix` for the scenario, else for the topology. */
  readonly set: readonly string[];
  /** Where it will be played: `${ue1.address}` is another address there. As the topology has it where absent. */
  readonly environment?: 'simulated' | 'real' | undefined;
}

export interface ReadScenario {
  readonly scenario: Scenario;
  /** As loaded from its file, with the scenario's changes and those of the command line. */
  readonly lab: Lab;
  /** Its values of the file's matrix, as `--set matrix.NAME=VALUE` chooses them; empty where there is none. */
  readonly combination: ScenarioHead['combination'];
}

/** Topologies with their changes. Scenarios of many files share a few: each is loaded once. */
export class LoadedLabs {
  readonly #labs = new Map<string, Lab>();

  /** Throws InputError with every problem of the topology and its profiles. */
  get(topology: string, overrides: readonly Override[]): Lab {
    const file = findTopology(topology);
    const key = JSON.stringify([file, overrides.map(({ path, value }) => [path, value])]);
    const known = this.#labs.get(key) ?? loadLab(file, overrides);
    this.#labs.set(key, known);
    return known;
  }
}

/**
 * The scenarios of a file, one for each combination of its matrix. Throws InputError with every problem of the files.
 *
 * @param labs those that other files have needed
 */
export function readScenarios(
  file: string,
  { topology, set, environment }: ReadingOptions,
  labs: LoadedLabs = new LoadedLabs(),
): readonly ReadScenario[] {
  const overrides = set.map(parseOverride);
  const isOwn = ({ path }: Override): boolean => path[0] === 'params' || path[0] === 'matrix';
  const own = overrides.filter(isOwn);
  const forTopology = overrides.filter((each) => !isOwn(each));
  const byName = new Map<string, Omit<ReadScenario, 'scenario'>>();
  const labFor = (head: ScenarioHead): Lab => {
    const lab = labs.get(topology ?? head.topology ?? DEFAULT_TOPOLOGY, [...head.overrides, ...forTopology]);
    byName.set(head.name, { lab, combination: head.combination });
    return environment === 'simulated' ? readdressed(lab, simulatedAddresses()) : lab;
  };
  return loadScenarios(file, labFor, { overrides: own, rules: ruleIds }).map((scenario) => ({
    scenario,
    ...byName.get(scenario.name)!,
  }));
}
