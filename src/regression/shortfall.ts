/** What fails a suite as a whole, whatever became of its cases. Each counts as one that failed. */
import type { GoldenUpdate } from './golden/golden-files.js';
import type { SuiteCoverage } from './suite-coverage.js';

export interface Shortfall {
  readonly what: 'interrupted' | 'coverage' | 'golden' | 'file';
  readonly sentence: string;
}

/** @param left how many cases were not played to their end */
export function interruption(left: number): Shortfall {
  const cases = `${left} ${left === 1 ? 'case was' : 'cases were'}`;
  return { what: 'interrupted', sentence: `the suite was interrupted: ${cases} not played to the end` };
}

/** Under --coverage-min. The share is rounded down: 94.97 % is not 95 %. */
export function coverageBelow({ percent }: SuiteCoverage, minimum: number): readonly Shortfall[] {
  if (percent >= minimum) return [];
  const visited = (Math.floor(percent * 10) / 10).toFixed(1);
  const sentence = `${visited} % of the transitions were visited, and --coverage-min asks for ${minimum} %`;
  return [{ what: 'coverage', sentence }];
}

/** Under --update. */
export function unwrittenGoldens(updates: readonly GoldenUpdate[]): readonly Shortfall[] {
  return updates
    .filter(({ what }) => what === 'refused')
    .map(({ file }) => ({
      what: 'golden',
      sentence: `${file} is not written: the file or its folder may not be written`,
    }));
}
