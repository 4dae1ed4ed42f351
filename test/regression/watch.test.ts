import { dirname, resolve } from 'node:path';
import type { Clock } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { watchedPaths, watchFiles } from '../../src/regression/index.js';
import { TestFolder } from '../topology/files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

describe('watchedPaths', () => {
  it('has scenarios and topologies by path and by name, and the folders of the working directory', () => {
    const scenario = folder.write('scenarios/a.yaml', 'steps: []\n');
    const topology = folder.write('elsewhere/lab.yaml', 'nodes: {}\n');
    const watched = watchedPaths({
      paths: [scenario, dirname(scenario), 'register-and-call', 'nowhere'],
      topologies: [topology, 'volte', 'nowhere'],
    });
    expect(watched).toEqual([
      scenario,
      dirname(scenario),
      resolve('profiles/scenarios/register-and-call.yaml'),
      topology,
      resolve('topologies/volte.yaml'),
      'topologies',
      'profiles',
    ]);
  });
});

describe('watchFiles', () => {
  it('tells of a change of a topology that lies elsewhere', async () => {
    const topology = folder.write('other/lab.yaml', 'nodes: {}\n');
    const simulation = createSimulation({ seed: 1 });
    const told: string[] = [];
    let stop = (): void => {};
    const settled = new Promise<() => void>((done) => {
      const clock: Clock = {
        now: () => simulation.clock.now(),
        setTimer: (_, run) => {
          done(run as () => void);
          return { cancel: () => {} };
        },
      };
      stop = watchFiles(watchedPaths({ paths: [], topologies: [topology] }), clock, (file) => told.push(file));
    });
    folder.write('other/lab.yaml', 'nodes: { }\n');
    (await settled)();
    stop();
    expect(told).toEqual([topology]);
  });
});
