/** A suite of scenarios: found, planned, played in parallel, and reported. */
export { githubAnnotations } from './annotations.js';
export type {
  CaseOutcome,
  CaseResult,
  CaseRunner,
  ScenarioOutline,
  TestCase,
} from './case.js';
export { hasFailed } from './case.js';
export { type StartThread, workerThreads } from './case-thread.js';
export { scenarioFilesBelow } from './find-scenarios.js';
export { compareGolden } from './golden/compare.js';
export { goldenFile } from './golden/golden-file.js';
export { GoldenTrace } from './golden/golden-trace.js';
export { type JunitCase, junitXml } from './junit.js';
export { ofShard, type PlannedCase, type PlanOptions, planCases, select } from './plan.js';
export { refusalOf } from './refusal.js';
export {
  lastResultFile,
  RESULT_FILE,
  readResultFile,
  type SuiteArguments,
  type SuiteDocument,
  suiteDocument,
} from './result-file.js';
export type { Shortfall } from './shortfall.js';
export { Suite, type SuiteOptions, type SuiteResult } from './suite.js';
export { machineCoverage, type SuiteCoverage } from './suite-coverage.js';
export { type Style, summaryLines } from './summary.js';
export { watchedPaths, watchFiles } from './watch.js';
