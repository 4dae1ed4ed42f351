/** Which states and transitions of the project's machines a run, or a suite, has visited. */
export { addCounts, type CoverageCounts, CoverageRun, emptyCounts } from './counts.js';
export { type CoverageException, exceptions } from './exceptions.js';
export { type CoveredMachine, machines } from './machines.js';
export {
  type Coverage,
  coverageLines,
  coveragePages,
  describeTransitions,
  type MachineCoverage,
  summarise,
} from './report.js';
