/** Starts a lab in a world, lets `work` use it, and stops it whatever happens. */
import type { Lab } from '../topology/lab.js';
import { formatProblem } from '../topology/problem.js';
import { RunningLab } from '../topology/running-lab.js';
import { startProblem } from '../topology/start-problem.js';
import { StartError } from './errors.js';
import type { Recorder } from './recorder.js';
import type { World } from './world.js';

export interface LabOptions {
  readonly inspect: boolean;
  readonly only?: readonly string[] | undefined;
}

/** Throws StartError when a node could not start. */
export async function withLab<TResult>(
  world: World,
  lab: Lab,
  recorder: Recorder,
  { inspect, only }: LabOptions,
  work: (running: RunningLab) => Promise<TResult>,
): Promise<TResult> {
  const { collector, portNames } = recorder;
  world.attach(collector, portNames.before(collector.tap));
  recorder.begin(world.clock.now());
  const running = new RunningLab(lab, {
    clock: world.clock,
    environmentFor: (name) => portNames.watch(name, world.environmentFor(name)),
    hostMode: inspect ? 'interpreted' : 'compiled',
    only,
  });
  try {
    const failure = await world.perform<Parameters<Parameters<RunningLab['start']>[0]>[0]>((done) =>
      running.start(done),
    );
    if (failure !== undefined) throw new StartError(formatProblem(startProblem(failure, lab)));
    return await work(running);
  } finally {
    await world.perform<undefined>((done) => running.stop(() => done(undefined)));
    await world.close();
  }
}
