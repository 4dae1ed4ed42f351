/** The shipped scenarios in the simulated environment: one test a scenario and seed, and what they visited together. */
import { join } from 'node:path';
import { addCounts, describeTransitions, emptyCounts, exceptions, machines } from '../../src/coverage/index.js';
import { playScenario } from '../../src/lab/play-scenario.js';
import { type ReadScenario, readScenarios } from '../../src/lab/read-scenarios.js';
import { scenarioFilesBelow } from '../../src/regression/index.js';
import type { Verdict } from '../../src/scenario/run/verdict.js';

const folder = join(__dirname, '../../profiles/scenarios');

const simulated = scenarioFilesBelow(folder).flatMap((file) =>
  readScenarios(file, { topology: undefined, set: [], environment: 'simulated' })
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

const visits = emptyCounts();
const playedNames = new Set<string>();

it.each(simulated)('%s', async (name, { scenario, lab: written }, seed) => {
  const { verdict, coverage } = await playScenario({ scenario, written, environment: 'simulated', seed });
  addCounts(visits, coverage);
  playedNames.add(name);
  if (!verdict.passed) throw new Error(failure(verdict));
});

/** `machine: transition` of those that were taken, or were not. */
function transitionsThat(wereTaken: boolean): readonly string[] {
  return machines.flatMap((covered) => {
    const { transitions } = visits[covered.name]!;
    return describeTransitions(covered)
      .filter((_, number) => transitions[number]! > 0 === wereTaken)
      .map((transition) => `${covered.name}: ${transition}`);
  });
}

it('visits every transition of every machine but those that the list of exceptions explains', () => {
  // Of a part of the suite (-t) nothing follows.
  if (playedNames.size < simulated.length) return;
  const excepted = exceptions.map(({ machine, transition }) => `${machine}: ${transition}`);
  expect(transitionsThat(false).filter((missed) => !excepted.includes(missed))).toEqual([]);
  expect(transitionsThat(true).filter((taken) => excepted.includes(taken))).toEqual([]);
});
