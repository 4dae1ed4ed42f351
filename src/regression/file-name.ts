/** Names of scenarios and cases as names of files, on every file system. */
import { createHash } from 'node:crypto';

const LENGTH_MAX = 120;
/** What names have between their words. */
const BETWEEN_WORDS = /[\s()[\],-]+/g;
const NO_PART_OF_A_NAME = /[^\p{L}\p{N}._=-]+/gu;

/** The same for the same name. Where more than spaces and brackets must go, a few digits tell names apart. */
export function fileName(name: string): string {
  const words = name
    .normalize('NFC')
    .replace(BETWEEN_WORDS, '-')
    .replace(/^[-.]+|-+$/g, '');
  const plain = words.replace(NO_PART_OF_A_NAME, '-').slice(0, LENGTH_MAX);
  if (plain === words && plain !== '') return plain;
  return `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/**
 * A file name for each name, no two of them equal on a file system that ignores case: those that would be are numbered.
 * Names are unique.
 */
export function fileNames(names: readonly string[]): ReadonlyMap<string, string> {
  const used = new Set<string>();
  return new Map(
    names.map((name) => {
      const plain = fileName(name);
      let unique = plain;
      for (let number = 2; used.has(unique.toLowerCase()); number++) unique = `${plain}-${number}`;
      used.add(unique.toLowerCase());
      return [name, unique];
    }),
  );
}
