/** Prints the closing line `N passed, N failed` that CI and people read. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stderr.write('\n');
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed${tail}\n`);
  }
};
