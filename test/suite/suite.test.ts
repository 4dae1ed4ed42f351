/** The shipped scenarios in the simulated environment: one test a scenario and seed. */
import { join } from 'node:path';
import { playScenario } from '../../src/lab/play-scenario.js';
import { type ReadScenario, readScenarios } from '../../src/lab/read-scenarios.js';
import { scenarioFilesBelow } from '../../src/regression/index.js';
import type { Verdict } from '../../src/scenario/run/verdict.js';

const folder = join(__dirname, '../../profiles/scenarios');

const simulated = scenarioFilesBelow(folder).flatMap((file) =>
  readScenarios(file, { topology: undefined, set: [] })
    .filter(({ scenario }) => scenario.environments.includes('simulated'))
    .flatMap((read) =>
      read.scenario.seeds.map((seed): [string, ReadScenario, number] => [nameOf(read, seed), read, seed]),
    ),
);

function nameOf({ scenario: { name, seeds } }: ReadScenario, seed: number): string {
  return seeds.length === 1 ? name : `${name}, seed ${seed}`;
}

function failure({ scenario, sentence, explanation }: Verdict): string {
  return [`${scenario}: ${sentence}`, ...explanation].join('\n');
}

it('has scenarios of every flow', () => {
  const folders = new Set(scenarioFilesBelow(folder).map((file) => file.slice(folder.length + 1).split('/')[0]));
  expect([...folders]).toEqual(expect.arrayContaining(['registration', 'call', 'message', 'faults']));
});

it('gives each scenario a name of its own, a description, and what it proves', () => {
  const names = simulated.map(([name]) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const silent = simulated.filter(
    ([, { scenario }]) => scenario.description === undefined || scenario.proves.length === 0,
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});

it.each(simulated)('%s', async (_name, { scenario, lab: written }, seed) => {
  const { verdict } = await playScenario({ scenario, written, environment: 'simulated', seed });
  if (!verdict.passed) throw new Error(failure(verdict));
});
