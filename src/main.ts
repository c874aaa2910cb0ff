import { createReadStream } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { addCheckCommand } from './cli/check-command.ts';
import { addCompletionCommands } from './cli/completion/commands.ts';
import { addConfigCommands } from './cli/config-commands.ts';
import { confirmOnTerminal } from './cli/confirm.ts';
import { addHealthCommand } from './cli/health.ts';
import { examplesText, FittingCommand, helpColumns } from './cli/help.ts';
import { addKeyCommands } from './cli/key-commands.ts';
import { addManCommand } from './cli/man/commands.ts';
import type { Output } from './cli/output.ts';
import { addPinCommands } from './cli/pin-commands.ts';
import { terminalProgress } from './cli/progress.ts';
import { createClient } from './cli/remote/client.ts';
import { addRemoteCommands } from './cli/remote/commands.ts';
import { Failure } from './cli/remote/failure.ts';
import type { Remote } from './cli/remote/remote.ts';
import { addRulesCommand } from './cli/rules-command.ts';
import { addStoreCommands } from './cli/store-commands.ts';
import { exitStatus, UsageError } from './cli/usage.ts';
import { addValidateCommand } from './cli/validate.ts';
import { askListener } from './compose/health.ts';
import type { ProcessRole } from './compose/options.ts';
import { loadPinTexts } from './compose/pin-texts.ts';
import { composeBatch, composeCheck, composePinFrom, countAnchors } from './compose/probe.ts';
import { composeServerKeys } from './compose/server-keys.ts';
import { composeSigning } from './compose/signing.ts';
import { loadAccounts, loadConfig, loadListener, surroundings } from './config/load.ts';
import { formatProblems } from './config/problem.ts';
import { readAccess } from './config/profile.ts';
import { readFile } from './config/read-text.ts';
import { mostImportedBytes } from './core/pin-set.ts';
import { quote } from './core/quote.ts';
import { adoptStore, localTokens, storeBackups } from './local-store.ts';
import { isServing, type ServeOptions, serve } from './serve.ts';
import { version } from './version.ts';

const around = surroundings();
const { path, noColour } = around;
const progressOnTerminal = terminalProgress(
  (text) => process.stderr.write(text),
  () => process.stderr.columns || 80,
  () => performance.now(),
);
const output: Output = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  colour: process.stdout.isTTY === true && !noColour,
  ...(process.stderr.isTTY === true ? { progress: progressOnTerminal } : {}),
};

/** What the commands that use the API are given. */
const remote: Remote = {
  output,
  confirm: process.stdin.isTTY && process.stderr.isTTY ? confirmOnTerminal : null,
  client: () => {
    const access = readAccess(around);
    if (!access.ok) throw new UsageError(access.problem);
    return createClient(access.value);
  },
  clientOf: createClient,
  around,
  probe: () => composeCheck(readFile),
  localTokens,
  signing: () => signing(),
  serverKeys: () => composeServerKeys(readFile),
  accounts: (file, account) => loadAccounts(file, account, countAnchors, undefined, loadPinTexts),
  readChunks: (file) => (file === '-' ? process.stdin : createReadStream(file)),
  readPinText: async (file) => {
    const bytes = readFile(file === '-' ? '/dev/stdin' : file, mostImportedBytes);
    return bytes.ok ? (await loadPinTexts()).decode(bytes.value) : bytes;
  },
  clock: () => Date.now(),
  finish,
};

/** Imported only if it is needed: it is large. */
const rules = async () =>
  (await import('./compose/rules.ts')).composeRules({ readAnchors: countAnchors, pinTexts: loadPinTexts });

const signing = () => composeSigning(readFile, publishSettings);

function program(): Command {
  const pinwatch = new FittingCommand('pinwatch')
    .configureOutput({
      getOutHelpWidth: () => helpColumns(process.stdout),
      getErrHelpWidth: () => helpColumns(process.stderr),
    })
    .description(
      "Watches the certificates of APIs that mobile apps pin, and notifies people before the apps' users notice.",
    )
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()
    // What follows "probe show" is an option of "show", although "probe" has --json too.
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      `${examplesText([
        'check api.example.com               can apps connect?',
        'run --config /etc/pinwatch.yaml     watch, and notify people',
        'status                              what is wrong now',
      ])}
Exit status: 0 fine, 1 apps would fail (health: not healthy), 2 could not be determined,
64 bad usage or configuration, 69 cannot start, 70 an error of pinwatch itself.`,
    );

  const roles: [ProcessRole, string][] = [
    ['run', 'run everything in one process: schedule, probe, notify, serve the API, metrics and health'],
    ['worker', 'probe and deliver mail; as many as you like on one Redis'],
    ['server', 'schedule, provision from the file, serve the API and all metrics; workers do the probes'],
  ];
  for (const [role, description] of roles) {
    pinwatch
      .command(role)
      .description(description)
      .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
      .option('--json', 'log JSON lines, even on a terminal')
      .addHelpText(
        'after',
        `${examplesText([`${role} --config /etc/pinwatch.yaml`])}
Runs until SIGINT or SIGTERM. On SIGHUP it reads its configuration again.

Exit status: 0 stopped, 64 bad usage or configuration, 69 cannot start, 70 crashed or stopped by force.`,
      )
      .action(async (options: ServeOptions) => {
        const status = await serve(role, options, { path, colour: output.colour });
        // A library may still try to connect to an absent Redis, which must not keep a stopped service alive.
        process.exit(status);
      });
  }

  addCheckCommand(pinwatch, output, () => composeBatch(readFile), finish);
  addPinCommands(pinwatch, output, () => composePinFrom(readFile), finish);
  addConfigCommands(pinwatch, output, signing, finish);
  addRemoteCommands(pinwatch, remote);
  addKeyCommands(pinwatch, output, signing, finish);

  addValidateCommand(pinwatch, output, { readAnchors: countAnchors, pinTexts: loadPinTexts }, finish);

  // A name that is still being resolved must not keep the process alive beyond the deadline.
  const end = (status: number) => process.exit(status);
  addHealthCommand(pinwatch, output, { load: loadListener, ask: askListener }, end);
  addRulesCommand(pinwatch, output, rules, finish);
  const backups = { ...storeBackups(path), confirm: remote.confirm };
  addStoreCommands(pinwatch, output, adoptStore, backups, finish);
  addCompletionCommands(pinwatch, remote);
  addManCommand(pinwatch, output, finish);

  // Commander's own error only counts the arguments; ours says which one is too many.
  const inGroups = pinwatch.commands.flatMap(({ commands }) => commands);
  for (const command of [...pinwatch.commands, ...inGroups]) {
    if (command.commands.length === 0) command.allowExcessArguments();
  }
  pinwatch.hook('preAction', (_, command) => {
    const expected = command.registeredArguments;
    const extra = expected.at(-1)?.variadic ? undefined : command.args[expected.length];
    if (extra !== undefined) throw new UsageError(`${command.name()}: unexpected argument ${quote(extra)}`);
  });
  return pinwatch;
}

/** `publish` of the configuration, for commands that sign. */
async function publishSettings(path: string | undefined) {
  const loaded = await loadConfig({ path, readAnchors: countAnchors });
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  return { file: loaded.file, ...loaded.config.publish };
}

function finish(status: number): void {
  process.exitCode = status;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `pinwatch check … | head` has read enough; the exit status still has to be right.
  if (error.code === 'EPIPE') return;
  process.stderr.write(`pinwatch: standard output: ${error.message}\n`);
  // A service goes on if its log can't be written: it still watches and sends mail.
  if (!isServing()) process.exit(exitStatus.failure);
});

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) finish(error.exitCode === 0 ? exitStatus.ok : exitStatus.usage);
  else if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    finish(exitStatus.usage);
  } else if (error instanceof Failure) {
    process.stderr.write(`${error.message}\n`);
    finish(error.exitStatus);
  } else {
    // A bug in pinwatch. Node's own exit status would be 1, which means that apps fail.
    process.stderr.write(`pinwatch: ${error instanceof Error ? error.stack : error}\n`);
    finish(exitStatus.failure);
  }
}
