// Prints the counts in vitest's JSON report, given as argument; fails if a test failed or did not run.
import { readFileSync } from 'node:fs';

const report = readFileSync(process.argv[2], 'utf8');
if (report === '') {
  console.error('no test report was written: the tests did not run to the end');
  process.exit(1);
}
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(report);
const skipped = numPendingTests + numTodoTests;
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`);
// `success` is also false if a test file could not be loaded.
process.exitCode = success && numFailedTests === 0 && skipped === 0 && numPassedTests > 0 ? 0 : 1;
