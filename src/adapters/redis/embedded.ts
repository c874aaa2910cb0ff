/**
 * The local redis-server: a child process on a free loopback port, with an append-only file under the state folder.
 *
 * It ends with pinwatch: a shell holds the other end of a pipe and stops Redis when the pipe closes, so that not even a
 * SIGKILL of pinwatch leaves one behind. It needs a password, because on loopback every local user could connect.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { access, constants, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface EmbeddedRedis {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** No server was found; the message says what to do. */
export class NoRedisServer extends Error {}

const startTimeoutMs = 15_000;
const restartAfterMs = 500;
const portAttempts = 100;
/** A predecessor that is just ending need not be reported. */
const tellAfterMs = 1_000;

export interface PatientStart {
  /** Aborts the start at once, which rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** The folder is in use by this redis-server; the start waits for it to end. */
  readonly onWaiting: (pid: number) => void;
}

/** `path` is the PATH to search for redis-server or valkey-server. A server that ends is reported and restarted. */
export async function startEmbeddedRedis(
  directory: string,
  path: string,
  onCrash: (reason: string) => void,
  { signal, onWaiting }: PatientStart = { signal: new AbortController().signal, onWaiting: () => {} },
): Promise<EmbeddedRedis> {
  const program = await findProgram(['redis-server', 'valkey-server'], path);
  if (program === null) throw new NoRedisServer(howToGetRedis);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await waitForPredecessor(directory, onWaiting, signal);
  const port = await freePort();
  const password = randomBytes(24).toString('base64url');
  const config = join(directory, 'redis.conf');
  await writeFile(config, configuration(directory, port, password), { mode: 0o600 });
  const file = join(directory, 'redis.log');
  const runOnce = async () => {
    const log = await open(file, 'a', 0o600);
    const child = spawn('/bin/sh', ['-c', guarded, program, config], {
      stdio: ['pipe', log.fd, log.fd],
      detached: true,
    });
    // Before anything is awaited, or the end of a server that fails at once would be missed.
    const ended = endOf(child);
    await log.close();
    return { child, ended };
  };

  let { child, ended } = await runOnce();
  let closing = false;
  try {
    await answers(port, ended, signal);
  } catch (error) {
    stop(child);
    if (signal.aborted) {
      // The next start must find the folder free.
      await ended;
      throw error;
    }
    const tail = (await readFile(file, 'utf8')).split('\n').slice(-6).join('\n').trim();
    throw new Error(`${(error as Error).message}; the end of ${file}:\n${tail}`);
  }
  // Killed from outside, by the OOM killer for instance: its file is complete up to a second ago, so restart it there.
  const revive = async (reason: string): Promise<void> => {
    if (closing) return;
    onCrash(reason);
    await new Promise((resolve) => setTimeout(resolve, restartAfterMs));
    if (closing) return;
    ({ child, ended } = await runOnce());
    // Closed while it was being started: close() has stopped only its predecessor.
    if (closing) stop(child);
    void ended.then(revive);
  };
  void ended.then(revive);
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    async close() {
      closing = true;
      stop(child);
      await ended;
    },
  };
}

/** Waits for the end of standard input, a pipe from pinwatch, then stops Redis. TERM makes it flush its file. */
const guarded =
  'exec 3<&0; "$0" "$1" </dev/null 3<&- & server=$!; (read -r _ <&3; kill "$server") & wait "$server"';

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      stop(child);
      resolve(`redis-server ended (${signal ?? `exit status ${code}`})`);
    });
  });
}

const howToGetRedis = `no redis-server or valkey-server was found on this machine. Either
  - install one:   Debian, Ubuntu: apt-get install redis-server   Alpine: apk add redis   Fedora: dnf install valkey   macOS: brew install redis
  - or name one:   set redis.url in the configuration, or REDIS_URL in the environment (redis://host:6379)`;

function configuration(directory: string, port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${directory.replaceAll('"', '\\"')}"`,
    `pidfile "${join(directory, 'redis.pid').replaceAll('"', '\\"')}"`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

/** The URL of the server that a `run` has started on this folder, from its configuration; null if none runs. */
export async function embeddedUrl(directory: string): Promise<string | null> {
  const pid = Number(await readFile(join(directory, 'redis.pid'), 'utf8').catch(() => '0'));
  if (!pid || !(await isRedis(pid))) return null;
  const text = await readFile(join(directory, 'redis.conf'), 'utf8');
  const value = (name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? '';
  return `redis://:${value('requirepass')}@127.0.0.1:${value('port')}`;
}

/** Two servers would corrupt one append-only file. If the other's pinwatch was just killed, it ends soon: wait. */
async function waitForPredecessor(
  directory: string,
  onWaiting: PatientStart['onWaiting'],
  signal: AbortSignal,
): Promise<void> {
  const file = join(directory, 'redis.pid');
  const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (!pid) return;
  const startedAt = performance.now();
  let told = false;
  while (await isRedis(pid)) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > startTimeoutMs) {
      throw new Error(
        `another pinwatch is using ${directory} (its redis-server has process id ${pid}). To run several on one Redis, set redis.url; to run them apart, give each its own stateDir`,
      );
    }
    if (waitedMs > tellAfterMs && !told) {
      told = true;
      onWaiting(pid);
    }
    await pause(50, signal);
  }
  await rm(file, { force: true });
}

async function isRedis(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Another process may have the id now. Without /proc (macOS) the file has to be trusted.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'redis-server');
  return /(redis|valkey)-server/.test(command);
}

async function findProgram(names: readonly string[], path: string): Promise<string | null> {
  for (const name of names) {
    for (const folder of path.split(delimiter).filter(Boolean)) {
      const candidate = join(folder, name);
      const found = await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return candidate;
    }
  }
  return null;
}

/**
 * A port below the range for outgoing connections: otherwise a probe could take it while a crashed server is being
 * restarted.
 */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < portAttempts; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error('no free loopback port was found');
}

async function answers(port: number, ended: Promise<string>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  let stopped: string | null = null;
  void ended.then((reason) => {
    stopped = reason;
  });
  while (!(await replies(port))) {
    if (stopped !== null) throw new Error(stopped);
    if (performance.now() > deadline)
      throw new Error(`redis-server did not answer within ${startTimeoutMs / 1000} s`);
    await pause(20, signal);
  }
}

/** Any reply, even that a password is needed. Listening proves nothing: loading its data may still fail. */
function replies(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => {}).once('close', () => resolve(false));
  });
}

/** Rejects with the signal's reason itself, and not with an error that has it as its cause. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function stop(child: ChildProcess): void {
  child.stdin?.end();
}
