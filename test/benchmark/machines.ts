/** What the life of a machine costs, compiled and interpreted, in CPU time of the same run. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { AnyEventObject } from 'xstate';
import type { Clock } from '../../src/environment/index.js';
import { compile, createMachineHost, type HostMode } from '../../src/machine/index.js';
import type { MachineSamples } from '../machine/samples.js';

export interface MachineBenchmark {
  /** The samples file without its ending, `ims/icscf/registration-query`. */
  readonly name: string;
  /** µs of CPU a life, from create through its events to its end; the median of the rounds. */
  readonly compiledMicros: number;
  readonly interpretedMicros: number;
}

interface Life {
  readonly input: unknown;
  readonly events: readonly AnyEventObject[];
}

const ROUNDS = 9;
const LIVES = { compiled: 20_000, interpreted: 100 } as const;

/** Time stands still, so that a timer costs its arming and cancelling only. */
const clock: Clock = { now: () => 0, setTimer: () => ({ cancel: () => {} }) };

const testFolder = fileURLToPath(new URL('..', import.meta.url));
const samplesFiles = readdirSync(testFolder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.samples\.(js|ts)$/.test(path))
  .map((path) => join(testFolder, path))
  .sort();
const found: (readonly [name: string, samples: MachineSamples])[] = [];
for (const path of samplesFiles) {
  const { samples } = (await import(pathToFileURL(path).href)) as { samples: MachineSamples };
  found.push([relative(testFolder, path).replace(/\.samples\.\w+$/, ''), samples]);
}

/** Measures every machine that has samples built beside this file. Takes a few tenths of a second a machine. */
export function machineBenchmarks(): MachineBenchmark[] {
  return found.map(([name, samples]) => {
    const life = samples.typicalLife ?? drawnLife(samples);
    const compiled = runner(samples, life, 'compiled');
    const interpreted = runner(samples, life, 'interpreted');
    compiled(LIVES.compiled);
    interpreted(LIVES.interpreted);
    const rounds = Array.from({ length: ROUNDS }, () => ({
      compiled: measure(compiled, LIVES.compiled),
      interpreted: measure(interpreted, LIVES.interpreted),
    }));
    return {
      name,
      compiledMicros: median(rounds.map((round) => round.compiled)),
      interpretedMicros: median(rounds.map((round) => round.interpreted)),
    };
  });
}

/** The same in every run. */
function drawnLife({ input, event }: MachineSamples): Life {
  return {
    input: fc.sample(input, { seed: 1, numRuns: 1 })[0],
    events: fc.sample(event, { seed: 1, numRuns: 4 }),
  };
}

function runner({ machine }: MachineSamples, { input, events }: Life, mode: HostMode): (lives: number) => void {
  const host = createMachineHost({ node: 'benchmark', environment: { clock, trace: undefined }, mode });
  const effects = Object.fromEntries(compile(machine).effects.map((name) => [name, () => {}]));
  return (lives) => {
    for (let i = 0; i < lives; i++) {
      const instance = host.create(machine, { id: 'life', input, owner: undefined, effects });
      for (const event of events) instance.send(event);
      instance.stop();
    }
  };
}

function measure(run: (lives: number) => void, lives: number): number {
  const start = process.cpuUsage();
  run(lives);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / lives;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
