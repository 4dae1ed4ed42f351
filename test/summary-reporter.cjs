const { writeSync } = require('node:fs');

/** Prints the closing line `N passed, N failed` that CI and people read: the last one, after Jest's own summary. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.once('exit', () => writeSync(1, `${results.numPassedTests} passed, ${failed} failed${tail}\n`));
  }
};
