import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const takesMinutes = /\/test\/(soak\/soak|service\/shares)\./;
const startsPrograms = /\/test\/(soak|service|page|deploy|docs|differential|verify|scripts)\//;

/**
 * By itself, vitest starts with the largest files. Those that start programs are small and slow: at the end the other workers
 * would be idle. Most of their time they wait, so every other file is one that does not, as long as there are both.
 */
class Mixed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const of = (isWanted: (path: string) => boolean) => sorted.filter(({ moduleId }) => isWanted(moduleId));
    const waiting = of((path) => startsPrograms.test(path) && !takesMinutes.test(path));
    const busy = of((path) => !startsPrograms.test(path));
    const mixed = waiting.flatMap((file, index) => [file, ...busy.slice(index, index + 1)]);
    return [...of((path) => takesMinutes.test(path)), ...mixed, ...busy.slice(waiting.length)];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous, for real servers and processes on two cores: these deadlines only guard against a hang.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // Most of the time, a test waits for a server, an interval or a deadline: two cores serve five of them.
    maxWorkers: 5,
    sequence: { sequencer: Mixed },
  },
});
