import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type MachineSource, machineOf } from '../../src/machine/documentation.js';
import type { MachineSamples } from './samples.js';

const root = resolve(__dirname, '../..');

/** Paths below `folder` with that ending, from the project's root, sorted. */
function files(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path))
    .sort();
}

/** Every machine file of the project, loaded. */
export function machineFiles(): readonly MachineSource[] {
  return files('src', '.machine.ts').map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
    machine: machineOf(path, require(join(root, path)) as object),
  }));
}

/** What docs/machines holds: file name → content. */
export function documentedMachines(): ReadonlyMap<string, string> {
  const folder = join(root, 'docs/machines');
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Every samples file, loaded; the path is from the project's root. */
export function samplesFiles(): readonly (readonly [path: string, samples: MachineSamples])[] {
  return files('test', '.samples.ts').map((path) => [
    path,
    (require(join(root, path)) as { samples: MachineSamples }).samples,
  ]);
}

/** The samples file that a machine file must have. */
export function samplesPathOf(machinePath: string): string {
  return machinePath.replace(/^src/, 'test').replace(/\.machine\.ts$/, '.samples.ts');
}
