/** Which files of a folder are scenarios. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** Keys that topologies and profiles do not have: a file with one of them is a scenario, or tries to be. */
const SCENARIO_KEY =
  /^["']?(?:steps|faults|checks|proves|matrix|verdict|exceptions|params|seeds|environments)["']?\s*:/m;

/** Every scenario file below the folder, sorted; dot folders and node_modules are left out. */
export function scenarioFilesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry): readonly string[] => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : scenarioFilesBelow(path);
      }
      return /\.ya?ml$/.test(entry.name) && looksLikeScenario(path) ? [path] : [];
    });
}

/** A file that nobody can read counts: it is reported, and does not go missing in silence. */
function looksLikeScenario(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return true;
  }
  if (SCENARIO_KEY.test(text)) return true;
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return true;
  const value: unknown = document.toJS();
  return typeof value !== 'object' || value === null || Array.isArray(value);
}
