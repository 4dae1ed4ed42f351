/** Which states and transitions of the project's machines a run, or a suite, has visited. */
export { addCounts, type CoverageCounts, CoverageRun, emptyCounts } from './counts.js';
export { exceptions } from './exceptions.js';
export { machines } from './machines.js';
export { coverageLines, coveragePages, describeTransitions, summarise } from './report.js';
