/** Where a run leaves its files: `--out DIR`, or out/<timestamp> with out/latest pointing to it. */
import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartError } from '../lab/errors.js';
import { createFolder } from '../lab/folder.js';

/** Creates the folder. Throws StartError where that is impossible. */
export function createOutputFolder(asked: string | undefined): string {
  try {
    if (asked !== undefined) {
      createFolder(asked);
      return asked;
    }
    const folder = createTimestamped('out');
    pointLatest(folder);
    return folder;
  } catch (error) {
    throw new StartError(
      `${asked ?? 'out'}: cannot write there (${(error as Error).message}); choose a folder with --out DIR`,
    );
  }
}

/** Two runs of one second get -2, -3, … */
function createTimestamped(parent: string): string {
  createFolder(parent);
  const stamp = timestamp(new Date());
  for (let attempt = 1; ; attempt++) {
    const folder = join(parent, attempt === 1 ? stamp : `${stamp}-${attempt}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 1000) throw error;
    }
  }
}

/** Local time, without the colons that Windows refuses. */
function timestamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`;
}

/** A folder that someone named `latest` is left alone. */
function pointLatest(folder: string): void {
  const link = join(dirname(folder), 'latest');
  const existing = lstatSync(link, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isSymbolicLink()) return;
  rmSync(link, { force: true });
  symlinkSync(basename(folder), link, 'junction');
}
