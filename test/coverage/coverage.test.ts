import {
  addCounts,
  CoverageRun,
  coverageLines,
  coveragePages,
  describeTransitions,
  emptyCounts,
  exceptions,
  machines,
  summarise,
} from '../../src/coverage/index.js';
import type { TraceRecord } from '../../src/environment/index.js';
import { machineFiles } from '../machine/machine-files.js';

const watchdog = machines.find(({ name }) => name === 'watchdog')!;

function transition(values: Partial<TraceRecord & { kind: 'transition' }>): TraceRecord {
  return {
    kind: 'transition',
    time: 0,
    node: 'hss1',
    actor: 'a',
    machine: 'watchdog',
    event: 'e',
    from: '',
    to: 'initial',
    effects: [],
    taken: [],
    context: undefined,
    ...values,
  };
}

it('has every machine that a node runs, and descriptions that tell its transitions apart', () => {
  // What `imslab diameter` plays is no node, and no scenario runs it.
  const ofNodes = machineFiles().filter(({ path }) => !path.startsWith('src/diameter/script/'));
  expect(new Set(ofNodes.map(({ machine }) => machine))).toEqual(new Set(machines.map(({ machine }) => machine)));
  for (const covered of machines) {
    const described = describeTransitions(covered);
    expect(new Set(described).size).toBe(described.length);
  }
});

it('counts the states that were entered and the transitions that were taken', () => {
  const run = new CoverageRun({ roleOf: () => 'hss' });
  const [first, second] = Object.keys(run.counts.watchdog!.states);
  run.listener(transition({ to: first! }));
  run.listener(transition({ from: first!, to: second!, taken: [0, 2] }));
  run.listener(transition({ from: second!, to: second!, taken: [2] }));
  expect(run.counts.watchdog!.states).toMatchObject({ [first!]: 1, [second!]: 1 });
  expect(run.counts.watchdog!.transitions.slice(0, 3)).toEqual([1, 0, 2]);
  const sum = emptyCounts();
  addCounts(sum, run.counts);
  addCounts(sum, run.counts);
  expect(sum.watchdog!.transitions.slice(0, 3)).toEqual([2, 0, 4]);
});

it('tells machines of the same id apart by the role of the node', () => {
  const run = new CoverageRun({ roleOf: (node) => ({ ue1: 'ue', scscf1: 's-cscf' })[node] });
  run.listener(transition({ machine: 'registration', node: 'ue1', to: 'notRegistered' }));
  run.listener(transition({ machine: 'registration', node: 'nobody', to: 'notRegistered' }));
  expect(run.counts['ue-registration']!.states.notRegistered).toBe(1);
  expect(run.counts['scscf-registration']!.states.notRegistered).toBe(0);
});

it('reports a row a machine, what nobody took, and statecharts with counts', () => {
  const counts = emptyCounts();
  counts.watchdog!.transitions[0] = 3;
  const coverage = summarise(counts);
  expect(coverage.percent).toBeGreaterThan(0);
  expect(coverage.percent).toBeLessThan(1);
  const lines = coverageLines(coverage);
  expect(lines.find((line) => line.startsWith('watchdog'))).toMatch(/ 0\/\d+ +1\/\d+/);
  expect(lines).toContainEqual(`  watchdog  ${describeTransitions(watchdog)[1]}`);
  const page = coveragePages(counts).get('watchdog.md')!;
  expect(page).toMatch(/✓ 3/);
  expect(page).toMatch(/✗ never/);
  expect(page).toMatch(/class .* missed/);
});

it('excepts only transitions that exist, each with a reason', () => {
  for (const { machine, transition: text, why } of exceptions) {
    const covered = machines.find(({ name }) => name === machine);
    expect(covered === undefined ? [] : describeTransitions(covered)).toContain(text);
    expect(why.length).toBeGreaterThan(10);
  }
});

it('counts each run by itself', () => {
  emptyCounts().watchdog!.transitions[0] = 3;
  emptyCounts().watchdog!.states.suspect = 3;
  const again = emptyCounts().watchdog!;
  expect([...again.transitions, ...Object.values(again.states)].every((count) => count === 0)).toBe(true);
});
