import { parseOverride } from '../../../src/topology/source.js';
import { ScenarioFolder, withSteps } from './files.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

describe('--set matrix.NAME=VALUE', () => {
  const text = withSteps(`  - { do: stop, node: "\${node}" }`, 'matrix: { node: [icscf1, hss1], times: [1, 2] }\n');
  const chosen = (...set: string[]) => ({ overrides: set.map(parseOverride) });

  it('chooses among the combinations of the file', () => {
    const names = (...set: string[]) => folder.load(text, chosen(...set)).map(({ name }) => name);
    expect(names()).toHaveLength(4);
    expect(names('matrix.node=hss1')).toEqual(['n [node=hss1, times=1]', 'n [node=hss1, times=2]']);
    expect(names('matrix.node=hss1', 'matrix.times=2')).toEqual(['n [node=hss1, times=2]']);
  });

  it.each([
    ['matrix.node=hss2', "--set matrix.node=hss2: matrix.node: 'hss2' is none of its values; did you mean 'hss1'?"],
    ['matrix.nod=hss1', "--set matrix.nod=hss1: matrix.nod: s.yaml has no 'matrix.nod'; did you mean 'matrix.node'?"],
  ])('%s', (set, said) => {
    expect(folder.refusal(text, chosen(set))).toEqual([said]);
  });

  it('of a file without one', () => {
    expect(folder.refusal(withSteps('  - { do: wait, for: 1s }'), chosen('matrix.a=b'))).toEqual([
      '--set matrix.a=b: matrix.a: s.yaml has no matrix; leave the option out',
    ]);
  });
});
