/** An app on a JVM: OkHttp with the pins of a signed configuration. See App.java, whose commands these are. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { tool } from './child.ts';

export interface OkHttpAppOptions {
  readonly channel: string;
  /** 65-byte points. */
  readonly roots: readonly Uint8Array[];
  /** Of the bundle, whole. */
  readonly url: string;
  /** A file with the bundle that the app was built with; null if there is none. */
  readonly floor: string | null;
  /** A folder for what it keeps. */
  readonly store: string;
  /** A PEM file with the authorities that it trusts. */
  readonly anchors: string;
}

export interface Series {
  readonly requests: number;
  readonly failures: number;
  readonly firstFailure: string;
}

export interface OkHttpApp {
  /** The version in force, or `empty`. */
  start(options: OkHttpAppOptions): Promise<string>;
  /** The status, or what failed. Every name resolves to 127.0.0.1. */
  get(url: string): Promise<string>;
  /** Fetches; gives the version in force. */
  refresh(): Promise<string>;
  resume(): Promise<string>;
  pause(): Promise<string>;
  /** Makes a request this often until `end`. */
  every(intervalMs: number, url: string): Promise<string>;
  end(): Promise<Series>;
  close(): Promise<void>;
}

const jars = ['/usr/share/java/okhttp.jar', '/usr/share/java/okio.jar'];

/** Compiles it and starts a JVM, in about five seconds. Needs a JDK and Debian's libokhttp-java. */
export async function startOkHttpApp(): Promise<OkHttpApp> {
  const classes = await mkdtemp(join(tmpdir(), 'pinwatch-okhttp-app-'));
  await promisify(execFile)(process.execPath, ['scripts/verify-java.js', '--all', classes]);
  const path = [classes, ...jars].join(delimiter);
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', path];
  const child = spawn(tool('java'), [...options, 'pinwatch.pins.okhttp.App'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: { answer(line: string): void; fail(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.answer(line));
  child.stdin.on('error', () => {}); // it has ended, which fails what waits
  const exited = once(child, 'exit').then(([status]) => {
    for (const { fail } of waiting.splice(0)) fail(new Error(`the JVM ended with ${status}`));
  });
  const ask = (...fields: readonly (string | number)[]): Promise<string> =>
    new Promise((answer, fail) => {
      waiting.push({ answer, fail });
      child.stdin.write(`${fields.join('\t')}\n`);
    });
  return {
    start({ channel, roots, url, floor, store, anchors }) {
      const points = roots.map((point) => Buffer.from(point).toString('base64')).join(',');
      return ask('start', channel, points, url, floor ?? '', store, anchors);
    },
    get: (url) => ask('get', url),
    refresh: () => ask('refresh'),
    resume: () => ask('resume'),
    pause: () => ask('pause'),
    every: (intervalMs, url) => ask('every', intervalMs, url),
    async end() {
      const [requests, failures, firstFailure = ''] = (await ask('end')).split('\t');
      return { requests: Number(requests), failures: Number(failures), firstFailure };
    },
    async close() {
      child.stdin.end();
      await exited;
      await rm(classes, { recursive: true });
    },
  };
}
