/** Where topologies, profiles and scenarios are looked for: the working directory first, then what imslab ships. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestWord, useOneOf } from '../selection/index.js';
import { InputError } from './problem.js';

/** Names that an error lists: paths are long. */
const LISTED_MAX = 12;

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

/** The folders of the working directory and of the package, or one where they are the same. */
function roots(): readonly string[] {
  return [...new Set([resolve('.'), resolve(packageFolder)])];
}

/**
 * The file of a topology, given as a path or as the name of one that is shipped (`volte-ipv6`).
 * Throws InputError when there is none.
 */
export function findTopology(text: string): string {
  return findNamed(text, 'topologies', 'topology');
}

/** The file of a scenario, given as a path or a name: `register-and-call`, `call/volte-call`, or `volte-call` alone. */
export function findScenario(text: string): string {
  return findNamed(text, 'profiles/scenarios', 'scenario');
}

function findNamed(text: string, folder: string, what: string): string {
  const candidates = [text, ...roots().flatMap((root) => [join(root, text), join(root, folder, `${text}.yaml`)])];
  const found = candidates.find(isFile);
  if (found !== undefined) return found;
  const known = named(folder, '');
  const alike = known.filter((name) => lastPart(name) === lastPart(text));
  const [only, ...others] = alike;
  if (only !== undefined && others.length === 0 && only.endsWith(`/${text}`)) return findNamed(only, folder, what);
  const nearest =
    nearestWord(text, known) ?? nearestPath(text) ?? nearestByLastPart(text, known) ?? nearestFolder(text, folder);
  const meant = others.length > 0 ? undefined : (only ?? nearest);
  const mend =
    meant === undefined ? useOneOf(others.length > 0 ? alike : known, LISTED_MAX) : `did you mean '${meant}'?`;
  throw new InputError([
    {
      where: text,
      key: '',
      what: isFolder(text) ? `is a folder, not a ${what}` : `there is no such ${what}`,
      mend: `give the path of a file, or ${mend}`,
    },
  ]);
}

/** What stands beside the path that was meant: `profiles/scenarios/simm` → `profiles/scenarios/sim`. */
function nearestPath(text: string): string | undefined {
  const parent = dirname(text);
  if (!text.includes('/') || !isFolder(parent)) return undefined;
  const nearest = nearestWord(lastPart(text), readdirSync(parent).sort());
  return nearest && `${parent}/${nearest}`;
}

/** A folder that imslab ships, as a path that can be given: `simm` → `profiles/scenarios/sim`. */
function nearestFolder(text: string, folder: string): string | undefined {
  for (const root of roots()) {
    const folders = isFolder(join(root, folder)) ? readdirSync(join(root, folder), { withFileTypes: true }) : [];
    const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const nearest = nearestWord(lastPart(text), names.sort());
    if (nearest !== undefined) return relative('.', join(root, folder, nearest));
  }
  return undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** `volte-cal` is nearest to `call/volte-call`. */
function nearestByLastPart(text: string, known: readonly string[]): string | undefined {
  const nearest = nearestWord(lastPart(text), known.map(lastPart));
  return known.find((name) => lastPart(name) === nearest);
}

/** The file of a profile: `operator/default`, or a path ending in .yaml or .csv, relative to the file that names it. */
export function findProfile(name: string, referrer: string): string | undefined {
  if (/\.(?:ya?ml|csv)$/.test(name)) {
    const path = resolve(dirname(referrer), name);
    return isFile(path) ? path : undefined;
  }
  return roots()
    .map((root) => join(root, 'profiles', `${name}.yaml`))
    .find(isFile);
}

/** A file that is no YAML: beside the file that names it, else in `profiles`. */
export function findBeside(name: string, referrer: string): string | undefined {
  return [resolve(dirname(referrer), name), ...roots().map((root) => join(root, 'profiles', name))].find(isFile);
}

/** Names of the profiles of one kind: `operator/default`, … */
export function profileNames(kind: 'operator' | 'ue' | 'subscribers'): readonly string[] {
  return named(`profiles/${kind}`, `${kind}/`);
}

function named(folder: string, prefix: string): readonly string[] {
  const names = roots().flatMap((root) => {
    const path = join(root, folder);
    return existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  });
  return [...new Set(names.map((name) => name.replaceAll(sep, '/')))]
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => prefix + name.slice(0, -'.yaml'.length))
    .sort();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
