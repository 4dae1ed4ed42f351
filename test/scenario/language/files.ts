/** A scenario file read against a small lab. */
import { type LoadOptions, loadScenarios } from '../../../src/scenario/language/load-scenarios.js';
import type { Scenario } from '../../../src/scenario/model.js';
import { loadLab } from '../../../src/topology/load.js';
import { InputError } from '../../../src/topology/problem.js';
import { TestFolder, topologyText } from '../../topology/files.js';

export class ScenarioFolder extends TestFolder {
  readonly lab = loadLab(this.write('t.yaml', topologyText()));

  load(text: string, options: LoadOptions = {}): readonly Scenario[] {
    return loadScenarios(this.write('s.yaml', text), this.lab, options);
  }

  /** The lines of the refusal, with the folder's path cut off. */
  refusal(text: string, options: LoadOptions = {}): readonly string[] {
    return this.refused(() => this.load(text, options));
  }

  refused(work: () => unknown): readonly string[] {
    try {
      work();
    } catch (error) {
      if (error instanceof InputError) return error.message.replaceAll(`${this.path}/`, '').split('\n');
      throw error;
    }
    throw new Error('was accepted');
  }
}

/** A file with these lines of steps; `head` stands between its name and them. */
export function withSteps(steps: string, head = ''): string {
  return `name: n\n${head}steps:\n${steps}\n`;
}
