import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const startsPrograms = /\/test\/(soak|service|page|deploy|docs|differential|verify|scripts)\//;

/** By itself, vitest starts with the largest files. These are small and slow, and at the end the others would be idle. */
class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFirst = ({ moduleId }: TestSpecification) => startsPrograms.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous, for real servers and processes on two cores: these deadlines only guard against a hang.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the time, a test waits for a server, an interval or a deadline: two cores serve four of them.
    maxWorkers: 4,
    sequence: { sequencer: ProgramsFirst },
  },
});
