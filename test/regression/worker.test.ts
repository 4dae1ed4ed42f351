import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compiled } from './compiled.js';

let compiled: Compiled;
beforeAll(() => {
  compiled = new Compiled();
});
afterAll(() => compiled.remove());

/** Plays cases that misbehave on real workers; their runner does what the case is called. */
const runner = `
export function createCaseRunner() {
  return {
    outline: () => [],
    async play({ case: { name } }) {
      if (name === 'loops') for (;;);
      if (name === 'throws later') setImmediate(() => { throw new Error('a stray callback'); });
      if (name === 'throws later') await new Promise(() => {});
      if (name === 'exits') process.exit(7);
      if (name === 'rejects') throw new TypeError('no such thing');
      return { passed: true, sentence: name };
    },
  };
}`;

const program = (folder: string) => `
import { CasePool } from '${folder}/dist/regression/case-pool.js';
import { workerThreads } from '${folder}/dist/regression/case-thread.js';
import { createRealEnvironment } from '${folder}/dist/environment/real/index.js';
const environment = createRealEnvironment();
const startThread = workerThreads(new URL('./runner.mjs', import.meta.url));
const pool = new CasePool({ clock: environment.clock, startThread, size: 2 });
const names = ['a', 'loops', 'b', 'throws later', 'exits', 'rejects', 'c'];
const played = await Promise.all(names.map((name) => pool.play({ case: { name } }, name === 'loops' ? 400 : 20_000)));
console.log(JSON.stringify(played.map(({ outcome }) => outcome.end ?? outcome.sentence)));
pool.close();
await environment.close();
`;

describe('workers', () => {
  it('a loop, a crash or an exit of one fails that case only', () => {
    writeFileSync(join(compiled.folder, 'runner.mjs'), runner);
    writeFileSync(join(compiled.folder, 'program.mjs'), program(compiled.folder));
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(compiled.folder, 'program.mjs')], {
      encoding: 'utf8',
      timeout: 25_000,
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(JSON.parse(stdout)).toEqual(['a', 'endless', 'b', 'crashed', 'crashed', 'crashed', 'c']);
  });
});
