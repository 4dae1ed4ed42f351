/**
 * What a case costs in a suite: 200 simulated registrations, each with a lab of its own, the rules and the invariants, one
 * after the other in one worker. CPU time of user and system of all threads, with the worker's start and everything that
 * the first cases compile. The control is a bare datagram over loopback, measured in the same rounds.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { hasFailed, planCases, Suite, workerThreads } from '../../src/regression/index.js';
import { createCaseRunner } from '../../src/regression/play-case.js';
import { cpuMicros, datagramMicros } from './datagram.js';
import { medianOf } from './median.js';

const cases = 200;
const rounds = 5;

const scenario = `name: registers
seeds: 1..${cases}
steps:
  - { do: register, ue: ue1 }
`;

export interface SuiteRow {
  readonly name: string;
  /** Of a case, medians over the rounds, µs of CPU. */
  readonly micros: number;
  readonly controlMicros: number;
}

export async function suiteBenchmarks(): Promise<readonly SuiteRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-benchmark-'));
  const file = join(folder, 'registers.yaml');
  writeFileSync(file, scenario);
  const micros: number[] = [];
  const controlMicros: number[] = [];
  for (let round = 0; round < rounds; round++) {
    micros.push((await cpuMicros(() => registrations(file, join(folder, 'out')))) / cases);
    controlMicros.push(await datagramMicros());
  }
  rmSync(folder, { recursive: true });
  const name = `${cases} registrations, of one`;
  return [{ name, micros: medianOf(micros), controlMicros: medianOf(controlMicros) }];
}

async function registrations(file: string, out: string): Promise<void> {
  const environment = createRealEnvironment();
  const plan = planCases([file], createCaseRunner(), {
    topologies: [],
    set: [],
    seed: undefined,
    environments: ['simulated'],
  });
  const suite = new Suite(plan, {
    clock: environment.clock,
    startThread: workerThreads(new URL('../../src/regression/play-case.js', import.meta.url)),
    parallel: 1,
    out,
    keep: 'failed',
    inspect: false,
    bail: true,
    update: false,
    coverage: undefined,
    coverageMin: undefined,
    onBegin: () => {},
    onResult: () => {},
  });
  const { results } = await suite.run();
  await environment.close();
  const failed = results.find(hasFailed);
  if (failed !== undefined) throw new Error(`the benchmark's case did not pass: ${failed.sentence}`);
}
