import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectState, lab, register, stepClock } from '../../src/index.js';
import { TestFolder } from '../topology/files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

it('after step-clock everything is told on the one clock of the lab: explanation and trace', async () => {
  const out = join(folder.path, 'out');
  const volte = await lab({ out });
  await volte.play(register({ ue: 'ue1', expires: 3600 }), stepClock({ node: 'ue1', by: '50min' }));
  const state = expectState({ node: 'ue1', machine: 'registration', is: 'deregistering', within: '1s' });
  const error = (await volte.play(state).catch((failed: unknown) => failed)) as Error;
  const [states] = /^states {4}.*$/m.exec(error.message)!;
  // The refresh is due at once: the UE's machine has moved since.
  const seconds = [...states.matchAll(/ (\d+\.\d{3}) /g)].map(([, text]) => Number(text));
  expect(seconds.length).toBeGreaterThan(1);
  expect(Math.max(...seconds)).toBeLessThan(2);
  const end = volte.now;
  await volte.close();
  const lines = readFileSync(join(out, 'trace.jsonl'), 'utf8').trim().split('\n');
  const times = lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
  expect(times.filter((time) => !(time <= end + 10_000))).toEqual([]);
});
