// A Jest reporter that closes with one plain line of counts, for programs that read the output.
const { writeSync } = require('node:fs');

module.exports = class CountsReporter {
  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // A suite that could not even run has failed, too.
    const line = `\n${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed\n`;
    // Jest prints its own summary after all other reporters, to standard error: this comes after it.
    process.once('exit', () => writeSync(2, line));
  }
};
