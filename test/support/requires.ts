import { describe, test } from 'vitest';
import { findTool } from '../../lab/child.ts';

/**
 * `describe` for tests that run these programs. If one is missing, the block is skipped under a title that names it;
 * with CI=true it fails instead, because there a test that did not run must not look like one that passed.
 */
export function requires(...tools: readonly string[]): (title: string, tests: () => void) => void {
  const reason = missing(tools);
  if (reason === null) return (title, tests) => describe(title, tests);
  if (process.env.CI === 'true') {
    return (title) =>
      describe(title, () => {
        test(reason, () => {
          throw new Error(`${reason}; as root on Debian, node scripts/bootstrap.js test installs it`);
        });
      });
  }
  // The block is not even read: it may run the program before its tests do.
  return (title) => describe.skip(`${title} (${reason})`, () => test('not run', () => {}));
}

/** `test` for a file whose tests all run these programs. Hooks of the file don't run if all its tests are skipped. */
export function testRequiring(...tools: readonly string[]): typeof test {
  const reason = missing(tools);
  // With CI=true they run, and fail where they look for the program.
  if (reason === null || process.env.CI === 'true') return test;
  test.skip(reason, () => {});
  return test.skip as typeof test;
}

/** Programs that stand in for one another. */
const substitutes: Readonly<Record<string, string>> = { 'redis-server': 'valkey-server' };

function missing(tools: readonly string[]): string | null {
  const lacking = tools.filter(
    (name) => findTool(name) === undefined && findTool(substitutes[name] ?? name) === undefined,
  );
  return lacking.length === 0 ? null : `needs ${lacking.join(' and ')}, not found on this machine`;
}
