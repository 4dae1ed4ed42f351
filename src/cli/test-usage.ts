/** What is wrong with the options of `imslab test` themselves: said before anything is played, and never as failed cases. */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { createFolder } from '../lab/folder.js';
import type { PlannedCase, SuiteArguments } from '../regression/index.js';
import { findTopology } from '../topology/find-file.js';
import { displayName, parseOverride } from '../topology/source.js';

interface Values {
  readonly set: readonly string[];
  readonly topology: readonly string[];
  readonly junit?: string;
}

/** Throws InputError or UsageError with what no scenario could be played with. */
export function checkValues({ set, topology, junit }: Values): void {
  for (const override of set) parseOverride(override);
  for (const each of topology) findTopology(each);
  if (junit !== undefined) checkWritable(junit);
}

/** What the suite has proven is not lost at its end. A file that was there stays as it is. */
function checkWritable(file: string): void {
  try {
    createFolder(dirname(file));
    const isNew = !existsSync(file);
    closeSync(openSync(file, 'a'));
    if (isNew) rmSync(file);
  } catch (error) {
    throw new UsageError(`--junit ${file}: cannot write it (${(error as Error).message}); choose another place`);
  }
}

/** Throws UsageError where an option has left nothing that can be played: then the scenarios are not to blame. */
export function checkPlan(planned: readonly PlannedCase[], { topologies }: SuiteArguments): void {
  if (planned.some(({ result }) => result?.end !== 'broken')) return;
  const files = topologies.map((topology) => displayName(findTopology(topology)));
  const isOfOption = (where: string): boolean =>
    where.startsWith('--set ') || files.some((file) => where === file || where.startsWith(`${file}:`));
  const blamed = planned.find(({ result }) => result?.where !== undefined && isOfOption(result.where));
  if (blamed?.result !== undefined) {
    throw new UsageError([blamed.result.sentence, ...blamed.result.explanation].join('\n'));
  }
}
