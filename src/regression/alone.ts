/** The command that plays one case of a suite again and no other, to be pasted into a POSIX shell. */
import type { ReadingOptions } from '../lab/read-scenarios.js';
import type { EnvironmentName } from './case.js';

export interface AloneOptions {
  /** As it is shown: from the working directory. */
  readonly file: string;
  /** Of the case when its file is played alone. */
  readonly name: string;
  readonly environment: EnvironmentName;
  readonly reading: Pick<ReadingOptions, 'topology' | 'set'>;
  /** Where it is not one of the scenario's own. */
  readonly seed: number | undefined;
}

export function aloneCommand({ file, name, environment, reading, seed }: AloneOptions): string {
  const words = [
    'npx',
    'imslab',
    'test',
    file,
    // Without it a scenario that may run in both environments is simulated.
    ...(environment === 'real' ? ['--real'] : []),
    ...(reading.topology === undefined ? [] : ['--topology', reading.topology]),
    ...reading.set.flatMap((override) => ['--set', override]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    '--grep',
    name,
  ];
  return words.map(quoted).join(' ');
}

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** POSIX.1 2.2.2: between single quotes everything stands for itself, but a single quote. */
function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
