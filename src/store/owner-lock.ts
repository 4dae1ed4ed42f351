/** One HSS process owns a store that is a folder: a file with its process id, which a later one finds stale after a crash. */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'hss.lock';

export interface Owner {
  readonly pid: number;
}

/** The process that owns the folder; undefined where none that lives does. */
export function ownerOf(folder: string): Owner | undefined {
  const text = readText(join(folder, fileName));
  return text === undefined ? undefined : livingOwner(text);
}

export interface OwnerLock {
  release(): void;
}

/** Takes the folder, or says who has it. */
export function takeOwnership(folder: string): OwnerLock | Owner {
  const file = join(folder, fileName);
  const draft = join(folder, `${fileName}.${process.pid}`);
  writeFileSync(draft, ownText());
  try {
    for (;;) {
      // A link is made as a whole or not at all, with the text in it.
      if (linked(draft, file)) return { release: () => rmSync(file, { force: true }) };
      const text = readText(file);
      if (text === undefined) continue;
      const owner = livingOwner(text);
      if (owner !== undefined) return owner;
      setAside(file, draft, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Removes a stale lock; puts it back where it is not the one that was read, because somebody else was faster. */
function setAside(file: string, draft: string, text: string): void {
  const aside = `${draft}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else has removed it
  }
  if (readText(aside) !== text) linked(aside, file);
  unlinkSync(aside);
}

function ownText(): string {
  return `${process.pid} ${startOf(process.pid) ?? ''}\n`;
}

/** A process id is used again: the process has to have begun when the lock's did, where the system says so. */
function livingOwner(text: string): Owner | undefined {
  const [number = '', start = ''] = text.trim().split(' ');
  const pid = Number(number);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const began = startOf(pid);
  return start !== '' && began !== undefined && began !== start ? undefined : { pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, ticks since boot; the name in field 2 may have spaces and brackets. A zombie is dead. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
