import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AnyStateMachine, StateMachine } from 'xstate';
import type { MachineSamples } from './samples.js';

const root = resolve(__dirname, '../..');

/** Paths below `folder` with that ending, from the project's root, sorted. */
function files(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path))
    .sort();
}

export interface MachineFile {
  /** `src/ims/icscf/registration-query.machine.ts` */
  readonly path: string;
  readonly machines: readonly AnyStateMachine[];
}

/** Every machine file of the project, loaded. */
export function machineFiles(): readonly MachineFile[] {
  return files('src', '.machine.ts').map((path) => {
    const exported: unknown[] = Object.values(require(join(root, path)) as object);
    return { path, machines: exported.filter((value) => value instanceof StateMachine) as AnyStateMachine[] };
  });
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
