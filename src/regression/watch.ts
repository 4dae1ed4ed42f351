/** Tells when a file of a suite has changed. */
import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock, Timer } from '../environment/index.js';
import { findScenario, findTopology } from '../topology/find-file.js';
import type { SuiteArguments } from './result-file.js';

/** Editors write a file in several strokes. */
const SETTLE_MS = 200;

/** What a suite is made of: its scenarios and topologies, by path or name, and the working directory's own. */
export function watchedPaths({ paths, topologies }: Pick<SuiteArguments, 'paths' | 'topologies'>): readonly string[] {
  const own = ['topologies', 'profiles'].filter((folder) => existsSync(folder));
  const scenarios = paths.flatMap((path) => (existsSync(path) ? [path] : placeOf(path, findScenario)));
  return [...scenarios, ...topologies.flatMap((topology) => placeOf(topology, findTopology)), ...own];
}

/** What is not there is said when the suite is planned. */
function placeOf(text: string, find: (text: string) => string): readonly string[] {
  try {
    return [find(text)];
  } catch {
    return [];
  }
}

/**
 * Calls back after something below the folders, or beside the files, has changed and been quiet for a moment; only YAML
 * files and golden traces count. The result ends it.
 */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: (file: string) => void): () => void {
  let timer: Timer | undefined;
  const watchers = [...new Set(paths.flatMap(foldersOf))].map((folder): FSWatcher => {
    const watcher = watch(folder, (_, name) => {
      if (name === null || !/\.(?:ya?ml|golden)$/.test(name)) return;
      timer?.cancel();
      timer = clock.setTimer(SETTLE_MS, () => onChange(join(folder, name)));
    });
    return watcher.on('error', () => watcher.close());
  });
  return () => {
    timer?.cancel();
    for (const watcher of watchers) watcher.close();
  };
}

/** The folder and all below it; of a file the folder that it is in. */
function foldersOf(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [dirname(path)];
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [path, ...below.flatMap(({ name }) => foldersOf(join(path, name)))];
}
