/** The clients on the JVM: OkHttp, and the paths that the JDK's validator accepts. See Clients.java. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { tool } from '../lab/child.ts';
import type { Pin } from '../src/core/pin.ts';
import type { PinnerCalls } from './pin-sets.ts';

/** Debian's libokhttp-java. */
export const okhttpJar = '/usr/share/java/okhttp.jar';
const jars = [okhttpJar, '/usr/share/java/okio.jar'];

export interface OkHttpAnswer {
  /** How far a request got. */
  readonly stage: 'ok' | 'pin' | 'host' | 'trust' | 'handshake' | 'build';
  /** SHA-256 of the leaf that was presented to it, in hexadecimal; null if there was none. */
  readonly leaf: string | null;
  readonly error: string;
}

export interface PathsAnswer {
  readonly hostFits: boolean;
  /** The valid paths as pins, in the order in which Conscrypt and OkHttp would find them. */
  readonly paths: readonly (readonly Pin[])[];
}

export interface ConnectQuestion {
  readonly host: string;
  readonly port: number;
  /** A PEM file. */
  readonly anchors: string;
  /** The calls of `add` on its CertificatePinner; none: it has no pins. */
  readonly calls: PinnerCalls;
}

export interface Clients {
  connect(question: ConnectQuestion): Promise<OkHttpAnswer>;
  /** The pins that OkHttp would ask for at the host; null if it refuses the calls, with what it says. */
  pinned(
    host: string,
    calls: PinnerCalls,
  ): Promise<{ readonly pins: readonly string[] | null; readonly error: string }>;
  paths(host: string, chainFile: string, anchorFile: string): Promise<PathsAnswer>;
  close(): Promise<void>;
}

/** Compiles and starts the clients, in about three seconds. Needs a JDK and OkHttp. */
export function startClients(): Clients {
  const missing = jars.find((jar) => !existsSync(jar));
  if (missing !== undefined) throw new Error(`${missing}: not found (Debian: libokhttp-java)`);
  const source = resolve('differential/Clients.java');
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djdk.tls.maxCertificateChainLength=40'];
  const child = spawn(tool('java'), [...options, '-cp', jars.join(':'), source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Map<string, { answer(fields: readonly string[]): void; fail(error: Error): void }>();
  let next = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [id = '', ...fields] = line.split('\t');
    const asked = waiting.get(id);
    waiting.delete(id);
    if (fields[0] === 'broken') asked?.fail(new Error(`the clients on the JVM: ${fields[1]}`));
    else asked?.answer(fields);
  });
  const exited = once(child, 'exit').then(([status]) => {
    for (const { fail } of waiting.values()) fail(new Error(`the JVM ended with ${status}`));
  });
  child.stdin.on('error', () => {});
  const ask = (...fields: readonly (string | number)[]): Promise<readonly string[]> =>
    new Promise((answer, fail) => {
      next += 1;
      waiting.set(String(next), { answer, fail });
      child.stdin.write(`${[next, ...fields].join('\t')}\n`);
    });
  return {
    async connect({ host, port, anchors, calls }) {
      const answer = await ask('connect', host, '127.0.0.1', port, anchors, addsOf(calls));
      const [stage = '', leaf = '', error = ''] = answer;
      return { stage: stage as OkHttpAnswer['stage'], leaf: leaf || null, error };
    },
    async pinned(host, calls) {
      const [stage, answer = ''] = await ask('pinned', host, addsOf(calls));
      if (stage === 'build') return { pins: null, error: answer };
      return { pins: answer.split(',').filter((pin) => pin !== ''), error: '' };
    },
    async paths(host, chainFile, anchorFile) {
      const [hostFits, paths = ''] = await ask('paths', host, chainFile, anchorFile);
      const found = paths.split(';').filter((path) => path !== '');
      return { hostFits: hostFits === 'true', paths: found.map((path) => path.split(',') as Pin[]) };
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

function addsOf(calls: PinnerCalls): string {
  return calls.map(({ pattern, pins }) => [pattern, ...pins].map(base64).join(',')).join(';');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
