/** Where the golden trace of a scenario is kept: `golden/NAME.golden` beside the scenario's file. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileName } from '../file-name.js';

export function goldenFile(scenarioFile: string, scenarioName: string): string {
  return join(dirname(scenarioFile), 'golden', `${fileName(scenarioName)}.golden`);
}

/** `undefined` where there is none. */
export function readGolden(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

export function writeGolden(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export function removeGolden(file: string): void {
  rmSync(file, { force: true });
}
