import { machinePages } from '../../src/machine/documentation.js';
import { statechart } from '../../src/machine/statechart.js';
import { samples as flat } from './flat.samples.js';
import { documentedMachines, machineFiles } from './machine-files.js';
import { samples as nested } from './nested.samples.js';

describe('docs/machines', () => {
  it('is what `npm run docs:machines` writes now', () => {
    const pages = machinePages(machineFiles());
    const documented = documentedMachines();
    expect([...documented.keys()].sort()).toEqual([...pages.keys()].sort());
    const stale = [...pages].filter(([name, content]) => documented.get(name) !== content).map(([name]) => name);
    expect(stale).toEqual([]);
  });

  it('names a page after its file, and after its folder too where names collide', () => {
    const { machine } = flat;
    const text = '/**\n * Opens. And closes.\n */\nimport';
    const pages = machinePages(
      ['src/a/x.machine.ts', 'src/b/x.machine.ts', 'src/b/y.machine.ts'].map((path) => ({ path, text, machine })),
    );
    expect([...pages.keys()]).toEqual(['README.md', 'a-x.md', 'b-x.md', 'y.md']);
    expect(pages.get('README.md')).toContain('| [a-x](a-x.md) | Opens |');
    expect(pages.get('y.md')).toMatch(/^# flat\n\nOpens. And closes.\n\nDefined in \[src\/b\/y.machine.ts\]/);
  });
});

describe('statechart', () => {
  it('draws states, guarded transitions, effects, timers and final states', () => {
    const lines = statechart(flat.machine).split('\n');
    expect(lines.slice(0, 2)).toEqual(['```mermaid', 'stateDiagram-v2']);
    for (const line of [
      '    [*] --> closed',
      '    closed --> open : user.open [isBig] / report, report',
      '    closed --> open : user.open [atLeast(min=4)]',
      '    open --> closed : timer.period [even] / report',
      '    open --> open : timer.short',
      '    open --> open : user.restart (enters anew)',
      '    failed --> [*]',
      'In every state:',
      '- admin.note / announce(at=note, count=-1)',
      '- admin.reset → closed',
      '| open | announce | report | period, short (40 ms) |',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('puts inner states into the outer one and lists what cannot be drawn', () => {
    const lines = statechart(nested.machine).split('\n');
    for (const line of [
      '    state busy {',
      '        state "second" as busy_second',
      '        [*] --> busy_first',
      '        busy_first --> busy_second : to.sibling',
      '    busy_second --> over : to.end',
      '    idle --> busy_third : to.deepById',
      '    busy --> idle : timer.outerTime',
      'In `busy`:',
      '- to.innerAnew (enters anew) → busy.second',
      'In `busy.first`:',
      '- to.parent → busy',
    ]) {
      expect(lines).toContain(line);
    }
  });
});
