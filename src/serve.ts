/** A process that runs a role: from its configuration to its end in good order. */

import { exitStatus, UsageError } from './cli/usage.ts';
import type { ProcessRole } from './compose/options.ts';
import { loadPinTexts } from './compose/pin-texts.ts';
import { countAnchors } from './compose/probe.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { formatProblems } from './config/problem.ts';
import { namesRedis } from './config/redis.ts';
import { formatDuration } from './core/duration.ts';
import { hangUpSignals, stopSignal } from './signals.ts';
import { version } from './version.ts';

export interface ServeOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export interface Terminal {
  /** Where to look for a redis-server. */
  readonly path: string;
  readonly colour: boolean;
}

/** How long probes and deliveries may continue after SIGTERM; Docker kills after 10 s, systemd after 90 s. */
const graceMs = 8_000;

let serving = false;

/** This process runs a role, not a command that ends by itself. */
export function isServing(): boolean {
  return serving;
}

/** Runs a role until SIGINT or SIGTERM; returns the exit status. */
export async function serve(
  role: ProcessRole,
  options: ServeOptions,
  { path, colour }: Terminal,
): Promise<number> {
  const stopped = stopSignal();
  const hangUps = hangUpSignals();
  const stopping = new AbortController();
  void stopped.then(() => stopping.abort());
  const read = () => loadConfig({ path: options.config, readAnchors: countAnchors, pinTexts: loadPinTexts });
  const loaded = await read();
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  const { config, file, warnings } = loaded;
  if (role !== 'run' && !namesRedis(config.redis)) {
    throw new UsageError(
      `${file}: redis.url: expected the URL that all roles share, found none, and no redis.sentinels (only "run" starts its own)`,
    );
  }
  // Imported only now, so that the other commands don't wait for it.
  const { loadLibraries } = await import('./compose/libraries.ts');
  await loadLibraries();
  const { composeLog, composeService } = await import('./compose/service.ts');
  serving = true;
  const log = composeLog(config.log.level, colour && options.json !== true);
  for (const warning of warnings) log.warn({ event: 'config_warning' }, warning);
  // After an unforeseen error the process is in an unknown state, but the stored state is consistent. A supervisor
  // restarts it.
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'crash', stack: error.stack }, error.message);
    process.exit(exitStatus.failure);
  });

  let service: Awaited<ReturnType<typeof composeService>>;
  try {
    stopping.signal.throwIfAborted();
    service = await composeService({ config, read, role, log, path, signal: stopping.signal });
  } catch (error) {
    if (stopping.signal.aborted) {
      log.info({ event: 'stopping', signal: await stopped }, 'stopping');
      log.info({ event: 'stopped' }, 'stopped');
      return exitStatus.ok;
    }
    log.fatal({ event: 'not_started' }, withHint(error as NodeJS.ErrnoException, config));
    return exitStatus.unavailable;
  }
  log.info(
    { event: 'listening', address: service.url, role, version },
    `${role === 'worker' ? 'metrics and health' : 'API, metrics and health'} at ${service.url}`,
  );
  // The journal has logged a failure; one of the start is handled below.
  hangUps.follow(() => void service.reload().catch(() => {}));
  const refused = service.working.then(
    () => {
      log.info(
        { event: 'working', role },
        `watching: every domain every ${formatDuration(config.intervalMs)}`,
      );
      return new Promise<never>(() => {});
    },
    (error: Error) => error,
  );
  const end = await Promise.race([stopped, refused]);
  if (end instanceof Error) {
    log.fatal({ event: 'refused' }, end.message);
    await service.close(0);
    return exitStatus.unavailable;
  }
  log.info({ event: 'stopping', signal: end }, 'stopping');
  const late = setTimeout(() => {
    log.error(
      { event: 'not_stopped' },
      'not everything could be closed in time; unfinished work is taken up again',
    );
    process.exit(exitStatus.failure);
  }, 2 * graceMs);
  await service.close(graceMs);
  clearTimeout(late);
  log.info({ event: 'stopped' }, 'stopped');
  return exitStatus.ok;
}

/** The system's error, and for the most common ones what to do about it. */
function withHint({ message, code, syscall }: NodeJS.ErrnoException, { http, stateDir }: Config): string {
  if (syscall === 'listen') {
    const address = `${http.host}:${http.port}`;
    if (code === 'EADDRINUSE') {
      return `${address} is in use, perhaps by another pinwatch: stop it, or set http.listen to another address`;
    }
    return `cannot listen on ${address} (${message}): set http.listen to another address`;
  }
  if (syscall === 'mkdir' || syscall === 'open') {
    return `${message}: pinwatch writes to stateDir, here ${stateDir}; set it to a folder that pinwatch may write to`;
  }
  return message;
}
