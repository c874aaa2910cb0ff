import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { okhttpJar } from '../../differential/clients.ts';
import { requires } from '../support/requires.ts';

requires('javac', okhttpJar)('the verifier in Java', () => {
  test('compiles for Java 8, and passes every vector and all of its tests', async () => {
    // It fails with the output, which names what failed.
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/verify-java.js']);
    expect(stdout).toContain(`vectors: ${readdirSync('verify/vectors/cases').length}\n`);
    expect(stdout).toMatch(/verify\/java: \d+ passed, 0 failed\n/);
    expect(stdout).toMatch(/verify\/java\/okhttp: \d+ passed, 0 failed\n/);
  }, 180_000);
});
