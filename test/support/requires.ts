import { describe, test } from 'vitest';
import { findTool } from '../../lab/child.ts';

/**
 * `describe` for tests that run these programs. If one is missing, the block is skipped under a title that names it;
 * with CI=true it fails instead, because there a test that did not run must not look like one that passed.
 */
export function requires(...tools: readonly string[]): (title: string, tests: () => void) => void {
  const lacking = tools.filter((name) => findTool(name) === undefined);
  if (lacking.length === 0) return (title, tests) => describe(title, tests);
  const reason = `needs ${lacking.join(' and ')}, not found on this machine`;
  if (process.env.CI === 'true') {
    return (title) =>
      describe(title, () => {
        test(reason, () => {
          throw new Error(`${reason}; node scripts/bootstrap.js test installs it`);
        });
      });
  }
  return (title, tests) => describe.skip(`${title} (${reason})`, tests);
}
