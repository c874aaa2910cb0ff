/** The verifier in Java, as a process that answers one bundle a line; see Batch.java. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { tool } from '../../lab/child.ts';

export interface JavaVerifier {
  /** For the bundles that follow. */
  configure(settings: object): void;
  answer(bundle: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** Compiles and starts it, in a few seconds. Needs a JDK. */
export async function startJavaVerifier(): Promise<JavaVerifier> {
  const classes = await mkdtemp(join(tmpdir(), 'pinwatch-differential-'));
  await promisify(execFile)(process.execPath, ['scripts/verify-java.js', '--compile', classes]);
  const child = spawn(tool('java'), ['-XX:+UseSerialGC', '-cp', classes, 'pinwatch.pins.Batch'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: { answer(line: string): void; fail(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.answer(line));
  child.stdin.on('error', () => {}); // it has ended, which fails what waits
  const exited = once(child, 'exit').then(([status]) => {
    for (const { fail } of waiting.splice(0)) fail(new Error(`the JVM ended with ${status}`));
  });
  return {
    configure: (settings) => void child.stdin.write(`${JSON.stringify(settings)}\n`),
    answer: (bundle) =>
      new Promise((answer, fail) => {
        waiting.push({ answer, fail });
        child.stdin.write(`${Buffer.from(bundle).toString('base64')}\n`);
      }),
    async close() {
      child.stdin.end();
      await exited;
      await rm(classes, { recursive: true });
    },
  };
}
