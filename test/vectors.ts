/** Files of published numbers that are too large for this repository: in a folder beside the checkout, or nowhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../shared/spec/vectors');

/** The path of a file or folder of them; undefined where there is none. */
export function vectorPath(name: string): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

/** What a JSON file of them holds; undefined where there is none. */
export function vectorFile<T>(name: string): T | undefined {
  const path = vectorPath(name);
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as T);
}
