import { relative } from 'node:path';
import { fileName } from '../../src/regression/file-name.js';
import { scenarioFilesBelow } from '../../src/regression/index.js';
import { TestFolder, topologyText } from '../topology/files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

describe('scenarioFilesBelow', () => {
  it('finds scenarios and what is too broken to tell, in order; not topologies, profiles and golden traces', () => {
    folder.write('b/call.yaml', 'name: call\nsteps:\n  - { do: register, ue: ue1 }\n');
    folder.write('a.yml', '"steps": []\n');
    folder.write('syntax.yaml', 'name: [\n');
    folder.write('empty.yaml', '');
    folder.write('list.yaml', '- 1\n');
    folder.write('topology.yaml', topologyText());
    folder.write('profile.yaml', 'registration: { expires: 600 }\n');
    folder.write('golden/call.golden', '# steps:\n');
    folder.write('notes.txt', 'steps:\n');
    folder.write('.hidden/call.yaml', 'steps: []\n');
    folder.write('node_modules/call.yaml', 'steps: []\n');
    expect(scenarioFilesBelow(folder.path).map((file) => relative(folder.path, file))).toEqual([
      'a.yml',
      'b/call.yaml',
      'empty.yaml',
      'list.yaml',
      'syntax.yaml',
    ]);
  });
});

describe('fileName', () => {
  it('keeps words readable', () => {
    expect(fileName('node-down [node=hss1] (volte, simulated, seed 1)')).toBe(
      'node-down-node=hss1-volte-simulated-seed-1',
    );
  });

  it('tells apart what would look alike, is empty or too long', () => {
    const names = ['a/b', 'a\\b', 'a:b', 'a*b', '', '..', '../..', 'x'.repeat(300), 'x'.repeat(301)].map(fileName);
    expect(new Set(names).size).toBe(names.length - 1 + (fileName('..') === fileName('../..') ? 0 : 1));
    for (const name of names) expect(name).toMatch(/^[\w=-][\w.=-]{0,130}$/);
  });
});
