import type { Command } from 'commander';
import type { Parsed } from '../core/parsed.ts';
import { plural } from '../core/plural.ts';
import type { Backup } from '../flow/backup/back-up.ts';
import type { WholeBackup } from '../flow/backup/read-backup.ts';
import type { Restored, RestoreRequest, StoreContent } from '../flow/backup/restore.ts';
import type { Output } from './output.ts';
import { Failure } from './remote/failure.ts';
import { printable, printableJson } from './remote/printable.ts';
import { confirmed } from './remote/remote.ts';
import { exitStatus, UsageError } from './usage.ts';

export interface StoreBackups {
  /** Rejects with Failure if the store can't be used, or the file not written. */
  readonly backUp: (config: string | undefined, file: string) => Promise<Backup & { readonly bytes: number }>;
  /** null: the person did not want it. Rejects with Failure, also if the file is not a whole backup. */
  readonly restore: (
    config: string | undefined,
    file: string,
    request: RestoreRequest,
  ) => Promise<Parsed<Restored> | null>;
  /** Reads the file to its end. Rejects with UsageError if it is not a whole backup. */
  readonly inspect: (file: string) => Promise<WholeBackup>;
  /** Asks a person on the terminal; null if there is none. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}

interface BackupOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface RestoreOptions extends BackupOptions {
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const configOption = [
  '-c, --config <file>',
  'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)',
] as const;

/** `pinwatch store backup` and `restore`. */
export function addBackupCommands(
  store: Command,
  output: Output,
  backups: StoreBackups,
  finish: (status: number) => void,
): void {
  store
    .command('backup <file>')
    .description('write all that the store has to a file')
    .option(...configOption)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Works while pinwatch runs. The file has accounts, domains, pins, tokens,
incidents, owed mail, the audit trail and the state of signed configurations;
docs/backup.md describes it. It is readable for its owner alone, because it
has secrets: URLs and keys of notification channels, and hashes of tokens. The
configuration file, signing keys and secrets in the environment are not in it.

Examples:
  pinwatch store backup /var/backups/pinwatch.jsonl

Exit status: 0 written, 2 the store cannot be used or the file not written, 64
bad usage or configuration.`,
    )
    .action(async (file: string, { config, json }: BackupOptions) => {
      expectFile(file);
      const backup = await backups.backUp(config, file);
      for (const skipped of backup.skipped) output.stderr(`left out: ${printable(skipped)}\n`);
      output.stdout(json ? `${printableJson({ file, ...backup })}\n` : backupText(file, backup));
      finish(exitStatus.ok);
    });

  store
    .command('restore <file>')
    .description('put a backup into the store')
    .option(...configOption)
    .option('--replace', 'remove what the store has')
    .option('--dry-run', 'read the whole file, and change nothing; needs no store')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Stop every run, server and worker on this Redis first. The file is read to its
end before anything is written: one that was cut off or changed is refused.
The store has to be empty, unless --replace says to remove what it has. No
process uses the store until all of the backup is in it; after an
interruption, run the command again.

The restored store counts as adopted (see "pinwatch store adopt"). Tokens that
were revoked after the backup are valid again, and apps may have later
versions of a signed configuration: the command says what to check.

Examples:
  pinwatch store restore /var/backups/pinwatch.jsonl --dry-run
  pinwatch store restore /var/backups/pinwatch.jsonl

Exit status: 0 restored, 2 the store cannot be used or nothing was done, 64
bad usage, configuration or file.`,
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { config, json, replace = false, dryRun = false } = options;
      expectFile(file);
      if (dryRun) {
        const { header, counts, sha256 } = await backups.inspect(file);
        const { time, schema, pinwatch } = header;
        const whole = { file, time, pinwatch, schema, ...counts, sha256 };
        const text = `The file is whole: ${countsText(counts)}, as of ${time}. Nothing was changed.\n`;
        output.stdout(json ? `${printableJson({ dryRun, ...whole })}\n` : text);
        return finish(exitStatus.ok);
      }
      const mayReplace: RestoreRequest['mayReplace'] = async (content, { header }) => {
        if (!replace) {
          throw new Failure(
            `The store is not empty: it has ${contentText(content)}. Nothing was done: --replace would remove all of it.`,
          );
        }
        const question = `Remove ${contentText(content)} from the store, and restore the backup of ${header.time}?`;
        return confirmed({ confirm: backups.confirm, output }, options, question);
      };
      const restored = await backups.restore(config, file, { mayReplace });
      if (restored === null) return finish(exitStatus.undetermined);
      if (!restored.ok) throw new Failure(`Nothing was done: ${restored.problem}.`);
      const { counts, ...rest } = restored.value;
      const result = { dryRun, file, ...rest, ...counts };
      output.stdout(json ? `${printableJson(result)}\n` : restoredText(restored.value));
      finish(exitStatus.ok);
    });
}

/** It is replaced as a whole, and read twice. */
function expectFile(file: string): void {
  if (file === '-') throw new UsageError('FILE: expected the name of a file, found "-"');
}

function backupText(file: string, { accounts, domains, tokens, bytes, sha256 }: Backup & { bytes: number }) {
  return `Backed up ${countsText({ accounts, domains, tokens })} to ${printable(file)} (${plural(bytes, 'byte')}, SHA-256 ${sha256} before its last line).
The file has secrets: keep it as you keep passwords, together with the configuration file.
`;
}

function restoredText({ time, counts, replaced, published, connectionsUnknown }: Restored): string {
  return [
    `Restored ${countsText(counts)}, as of ${time}.`,
    ...(replaced === null ? [] : [`Removed before: ${contentText(replaced)}.`]),
    ...(connectionsUnknown
      ? [
          'This Redis does not say who is connected: restart every process of pinwatch that ran during the restore.',
        ]
      : []),
    ...(counts.tokens > 0
      ? ['Check its tokens (pinwatch token list): one that was revoked after the backup is valid again.']
      : [
          'It has no tokens: create one (pinwatch token create NAME --role admin); until then, everyone on this machine is an admin.',
        ]),
    ...published.map(
      ({ account, version, floor }) =>
        `${account}: version ${version} of its configuration is the last one of the backup. If a later one was published, apps keep that and take nothing until you publish again: the next version is above ${floor}.`,
    ),
    'Now start pinwatch.',
    '',
  ].join('\n');
}

function countsText({ accounts, domains, tokens }: Pick<Backup, 'accounts' | 'domains' | 'tokens'>): string {
  return `${plural(accounts, 'account')}, ${plural(domains, 'domain')} and ${plural(tokens, 'token')}`;
}

function contentText({ accounts, domains, tokens, openIncidents, owedNotices }: StoreContent): string {
  const some = (count: number | null, noun: string) =>
    count === null ? `${noun}s that this version can't read` : plural(count, noun);
  return `${plural(accounts, 'account')}, ${plural(domains, 'domain')}, ${plural(tokens, 'token')}, ${some(openIncidents, 'open incident')} and ${some(owedNotices, 'owed notice')}`;
}
