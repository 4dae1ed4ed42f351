/** What a suite's cases visited, put together. */
import {
  addCounts,
  type CoverageCounts,
  coverageLines,
  coveragePages,
  emptyCounts,
  summarise,
} from '../coverage/index.js';

/** A case's part is whatever its runner gives and crosses from a worker. */
export interface SuiteCoverage {
  add(part: unknown): void;
  /** Of all transitions but the excepted, from 0 to 100. */
  readonly percent: number;
  /** A table and what no case visited, for people. */
  lines(): readonly string[];
  json(): unknown;
  /** File name → Markdown. */
  pages(): ReadonlyMap<string, string>;
}

/** States and transitions of the project's machines; parts are `CoverageCounts`. */
export function machineCoverage(): SuiteCoverage {
  const sum = emptyCounts();
  return {
    add: (part) => {
      if (part !== undefined) addCounts(sum, part as CoverageCounts);
    },
    get percent() {
      return summarise(sum).percent;
    },
    lines: () => coverageLines(summarise(sum)),
    json: () => summarise(sum),
    pages: () => coveragePages(sum),
  };
}
