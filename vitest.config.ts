import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous, for real servers and processes on two cores: these deadlines only guard against a hang.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the time, a test waits for a server, an interval or a deadline: two cores serve four of them.
    maxWorkers: 4,
  },
});
