/** Reads where the project's tests and scenarios cite rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Citation, citationsIn, citedIds } from '../conformance/rule-citations.js';

/** In order of path. `root` is the project's folder. */
export function readCitations(root: string): readonly Citation[] {
  const tests = filesBelow(root, 'test', /\.test\.ts$/).flatMap((path) => citationsIn(path, textOf(root, path)));
  const scenarios = filesBelow(root, 'profiles/scenarios', /\.ya?ml$/).flatMap((path) => {
    const document = parse(textOf(root, path)) as { readonly proves?: unknown } | null;
    const ids = Array.isArray(document?.proves) ? citedIds(document.proves.join(', ')) : [];
    return ids.length === 0 ? [] : [{ path, name: path.split('/').at(-1)!, ids }];
  });
  return [...tests, ...scenarios];
}

function textOf(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function filesBelow(root: string, folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((path) => pattern.test(path))
    .sort();
}
