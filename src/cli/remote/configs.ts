import type { Command } from 'commander';
import { toBase64 } from '../../../verify/typescript/src/base64url.ts';
import { parsePin } from '../../core/pin.ts';
import { quote } from '../../core/quote.ts';
import { again, unique } from '../probing-options.ts';
import { rootKeys } from '../signed/key-arguments.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { addAdoptionCommands } from './adoption.ts';
import { checked, type PublishOptions, publish, publishEmergency } from './config-publish.ts';
import { checkedText, configText, draftText, versionsText } from './config-text.ts';
import { forceable, readForce } from './pins.ts';
import {
  type CommonOptions,
  carryOut,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

interface PublicationOptions extends PublishOptions {
  readonly emergency?: readonly string[];
  readonly bundle?: string;
  readonly candidate?: string;
}

export function addConfigCommands(pinwatch: Command, remote: Remote): void {
  const config = group(pinwatch, 'config', 'the signed pin configuration of apps', [
    'config diff acme',
    'config publish acme',
  ]);
  const { output, clock } = remote;
  addAdoptionCommands(config, remote);

  remoteCommand(config, 'show <account>', 'what is published and served, and where apps fetch it', [
    'config show acme',
  ])
    .option('--versions', 'list what was published')
    .action((text: string, options: CommonOptions & { versions?: boolean }) => {
      const account = readAccount(text);
      const params = { account };
      return carryOut(remote, { account }, async (client) => {
        if (options.versions) {
          const { body } = await client.call('listVersions', { params });
          return present(remote, options, body, ({ versions }) =>
            versionsText(versions, clock(), output.colour),
          );
        }
        const { body } = await client.call('showConfig', { params });
        return present(remote, options, body, (answer) => configText(answer, clock()));
      });
    });

  remoteCommand(config, 'diff <account>', 'what publishing the registry would change for the apps', [
    'config diff acme',
  ]).action((text: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) => {
      const { body } = await client.call('showDraft', { params: { account } });
      return present(remote, options, body, (answer) => draftText(answer, output.colour));
    });
  });

  remoteCommand(
    config,
    'check <account>',
    'probe every endpoint, and say what stands against publishing; publishes nothing',
    ['config check acme', 'config check acme --json | jq -r .payload > acme.json   to sign it elsewhere'],
  )
    .option('--restore <version>', 'check the content of this version', readVersion)
    .action((text: string, options: CommonOptions & { restore?: number }) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const found = await checked(client, account, restored(options.restore));
        present(remote, options, found, (answer) => checkedText(answer, output.colour));
        return found.findings.length === 0 ? exitStatus.ok : exitStatus.appsFail;
      });
    });

  const publishing = remoteCommand(
    config,
    'publish <account>',
    'check the registry, and publish it to the apps if nothing stands against it',
    [
      'config publish acme --note "next key of api.example.com"',
      'config publish acme --allow-unpin old.example.com --note "retired"',
      'config publish acme --bundle acme.bundle     signed elsewhere, as "config check" gave it',
      'config publish acme --emergency sha256/… --note "key stolen"',
    ],
  )
    .option(
      '--allow-unpin <host>',
      'let apps check less of this host, or nothing; repeatable; requires --note',
      again,
    )
    .option('--bundle <file>', 'the bundle that was signed elsewhere')
    .option('--candidate <id>', 'what a check has frozen; with --bundle')
    .option(
      '--emergency <pin>',
      'a key is compromised: have apps refuse it, whatever else breaks; repeatable',
      again,
    );
  publishable(publishing).action((text: string, options: PublicationOptions) => {
    const account = readAccount(text);
    const wanted = readOverrides(options);
    const revoked = unique(
      (options.emergency ?? []).map((pin) => orUsageError('--emergency', parsePin(pin))),
    );
    if (revoked.length > 0 && wanted.note.trim() === '')
      throw new UsageError('--emergency: expected a --note that says why, found none');
    if (revoked.length > 0 && options.bundle !== undefined)
      throw new UsageError('--emergency and --bundle: expected one of the two, found both');
    if ((options.bundle === undefined) !== (options.candidate === undefined))
      throw new UsageError('--bundle and --candidate: expected both or neither');
    const bundle = options.bundle === undefined ? null : readText(remote, '--bundle', options.bundle);
    return carryOut(remote, { account }, async (client) => {
      if (revoked.length > 0)
        return publishEmergency(remote, client, account, revoked, { ...options, ...wanted });
      if (bundle !== null) {
        const body = { candidate: options.candidate ?? '', ...wanted, bundle };
        const { body: published } = await client.call('publishConfig', { params: { account }, body });
        return present(remote, options, published, ({ version }) => `version ${version} is published\n`);
      }
      const candidate = await checked(client, account, {});
      return publish(remote, client, account, candidate, { ...options, ...wanted });
    });
  });

  const rollback = remoteCommand(
    config,
    'rollback <account> <version>',
    'publish what an earlier version said, under a new version',
    ['config rollback acme 40 --note "41 broke the tablet app"'],
  ).option(
    '--allow-unpin <host>',
    'let apps check less of this host, or nothing; repeatable; requires --note',
    again,
  );
  publishable(rollback).action((text: string, number: string, options: PublishOptions) => {
    const account = readAccount(text);
    const version = readVersion(number);
    const wanted = readOverrides(options);
    return carryOut(remote, { account }, async (client) => {
      const candidate = await checked(client, account, { restore: version });
      return publish(remote, client, account, candidate, { ...options, ...wanted });
    });
  });

  remoteCommand(config, 'keys <account> <file>', 'put a key statement into force: who may sign from now on', [
    'config keys acme acme.statement --root root.pub --root spare.pub     the first one',
    'config keys acme next.statement',
  ])
    .option(
      '--root <key>',
      'a root that the apps have, FILE.pub or base64; repeatable; with the first one',
      again,
    )
    .action((text: string, file: string, options: CommonOptions & { root?: readonly string[] }) => {
      const account = readAccount(text);
      const statement = readText(remote, 'FILE', file);
      return carryOut(remote, { account }, async (client) => {
        const points = options.root === undefined ? null : await rootKeys(options.root, remote.signing());
        const body = { statement, roots: points?.map(toBase64) ?? null };
        const { body: keys } = await client.call('installKeys', { params: { account }, body });
        return present(
          remote,
          options,
          keys,
          ({ channel, generation }) => `generation ${generation} of channel ${channel} is in force\n`,
        );
      });
    });
}

function publishable(command: Command): Command {
  return forceable(command).option('-y, --yes', 'do not ask for confirmation');
}

function readOverrides(options: PublishOptions) {
  const allowUnpin = (options.allowUnpin ?? []).map((host) => host.toLowerCase());
  if (allowUnpin.length > 0 && (options.note ?? '').trim() === '')
    throw new UsageError('--allow-unpin: expected a --note that says why, found none');
  return { ...readForce(options), allowUnpin };
}

function restored(version: number | undefined) {
  return version === undefined ? {} : { restore: version };
}

function readVersion(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new UsageError(`VERSION: expected the number of a version, found ${quote(text)}`);
}

function readText(remote: Remote, place: string, file: string): string {
  const bytes = orUsageError(`${place}: ${quote(file)}`, remote.signing().readFile(file));
  return new TextDecoder('latin1').decode(bytes);
}
