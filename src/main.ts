import { Command, CommanderError } from 'commander';
import { type CheckOptions, check } from './cli/check.ts';
import type { Output } from './cli/output.ts';
import { exitStatus, UsageError } from './cli/usage.ts';
import { type ValidateOptions, validate } from './cli/validate.ts';
import { composeCheck, composeLog, composeService, countAnchors, type Role } from './compose.ts';
import { loadConfig, readFile, surroundings } from './config/load.ts';
import { formatProblems } from './config/problem.ts';
import { version } from './version.ts';

interface ServeOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** How long running probes and deliveries may go on after SIGTERM; Docker and systemd kill after 10 and 90 s. */
const graceMs = 8_000;

const { path, noColour } = surroundings();
const output: Output = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  colour: process.stdout.isTTY === true && !noColour,
};

/** Several values: the option given again, not a list after it, so that HOST may follow. */
const again = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

function program(): Command {
  const pinwatch = new Command('pinwatch')
    .description(
      "Watches the certificates of APIs that mobile apps pin, and tells people before the apps' users notice.",
    )
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      '\nExit status: 0 fine, 1 apps would fail, 2 could not be determined, 64 bad usage or configuration.',
    );

  const roles: [Role, string][] = [
    ['run', 'run everything in one process: schedule, probe, tell, serve health and metrics'],
    ['worker', 'probe and deliver mail; as many as you like on one Redis'],
    [
      'server',
      'schedule, provision from the file, serve the metrics of all domains; probes are left to workers',
    ],
  ];
  for (const [role, description] of roles) {
    pinwatch
      .command(role)
      .description(description)
      .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
      .option('--json', 'log JSON lines, also on a terminal')
      .action(async (options: ServeOptions) => {
        const status = await serve(role, options);
        // Connections that a library still tries to make to an absent Redis must not keep a stopped service alive.
        process.exit(status);
      });
  }

  pinwatch
    .command('check')
    .description('probe one host now and judge it; needs no configuration and no Redis')
    .argument('<host[:port]>', 'what apps connect to; port 443 if left out')
    .option('--pin <pin>', 'a pinned key, sha256/…; may be given several times', again)
    .option(
      '--connect <address>',
      'connect to this IP address instead of resolving the host; several times',
      again,
    )
    .option('--ca-file <file>', 'PEM file of roots that replace the trust store')
    .option('--key-type <type>', 'ecdsa or rsa; several times (default: both)', again)
    .option('--timeout <duration>', 'deadline of each endpoint, all run at once', '10s')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 apps can connect, 1 apps would fail, 2 could not be determined, 64 bad usage.',
    )
    .action(async (host: string, options: CheckOptions) => {
      finish(await check(host, options, output, composeCheck(readFile)));
    });

  pinwatch
    .command('validate')
    .description('read the configuration as a start would, and say everything that is wrong with it')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .action(async (options: ValidateOptions) => finish(await validate(options, output, countAnchors)));

  return pinwatch;
}

/** Runs a role until SIGINT or SIGTERM. */
async function serve(role: Role, options: ServeOptions): Promise<number> {
  const loaded = loadConfig({ path: options.config, readAnchors: countAnchors });
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  const { config, file, warnings } = loaded;
  if (role !== 'run' && config.redis.url === null) {
    throw new UsageError(
      `${file}: redis.url: expected the URL that all roles share, found none (only «run» starts its own)`,
    );
  }
  const log = composeLog(config.log.level, output.colour && options.json !== true);
  for (const warning of warnings) log.warn({ event: 'config_warning' }, warning);
  // Whatever was not foreseen: the state of the process is unknown, and the stored one is whole. A supervisor restarts it.
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'crash', stack: error.stack }, error.message);
    process.exit(exitStatus.failure);
  });

  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  let service: Awaited<ReturnType<typeof composeService>>;
  try {
    service = await composeService({ config, role, log, path });
  } catch (error) {
    log.fatal({ event: 'not_started' }, (error as Error).message);
    return exitStatus.unavailable;
  }
  log.info(
    { event: 'listening', address: service.url, role, version },
    `health and metrics at ${service.url}`,
  );
  const refused = service.working.then(
    () => {
      log.info({ event: 'working', role }, `watching: every domain every ${config.intervalMs / 1000} s`);
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
  // Impatience is respected: a second signal ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.failure));
  const late = setTimeout(() => {
    log.error(
      { event: 'not_stopped' },
      'not everything could be closed in time; what was under way is taken up again',
    );
    process.exit(exitStatus.failure);
  }, 2 * graceMs);
  await service.close(graceMs);
  clearTimeout(late);
  log.info({ event: 'stopped' }, 'stopped');
  return exitStatus.ok;
}

function finish(status: number): void {
  process.exitCode = status;
}

// `pinwatch check … | head` closes the pipe early: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  const pinwatch = program();
  if (process.argv.length <= 2) {
    process.stderr.write(pinwatch.helpInformation());
    finish(exitStatus.usage);
  } else {
    await pinwatch.parseAsync();
  }
} catch (error) {
  if (error instanceof CommanderError) finish(error.exitCode === 0 ? exitStatus.ok : exitStatus.usage);
  else if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    finish(exitStatus.usage);
  } else throw error;
}
