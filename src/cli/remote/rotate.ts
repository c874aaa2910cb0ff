import { type Command, Option } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { keyTypes } from '../../core/observation.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { again } from '../probing-options.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { forceable, readForce } from './pins.ts';
import {
  type CommonOptions,
  carryOut,
  confirmed,
  present,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';
import { checkFile } from './rotate-certificate.ts';
import { type RotateOptions, refuseTogether } from './rotate-options.ts';
import { startFrom } from './rotate-start.ts';
import { goOn, stepTimeoutMs } from './rotate-steps.ts';
import { abortedText, listText, nothingText } from './rotate-text.ts';

type Summary = AnswerOf<'listRotations'>['rotations'][number];

const longestWaitMs = 24 * 3_600_000;

export function addRotateCommand(pinwatch: Command, remote: Remote): void {
  const rotate = remoteCommand(
    pinwatch,
    'rotate <account> [domain]',
    'replace the key of a server, step by step, so that no app fails',
    [
      'rotate acme api.example.com                     where it stands, and what comes next',
      'rotate acme api.example.com --new-key           make the next key here, and its request',
      'rotate acme api.example.com --csr next.csr      the next key is made already',
      'rotate acme api.example.com --certificate c.pem may it be deployed?',
      'rotate acme api.example.com --wait 30m          follow it to every endpoint',
      'rotate acme                                     all rotations',
    ],
  )
    .option('--csr <file>', 'start with the key of this request, public key, certificate or key file')
    .option('--new-key [file]', 'start with a new key: writes it and, as .csr, its request to new files')
    .addOption(
      new Option('--key-type <type>', 'of the new key, if the domain presents several').choices(keyTypes),
    )
    .option('--with <domain>', 'another domain whose servers get the same key; repeatable', again)
    .option('--shared', 'with every domain that presents the same key now')
    .option('--alone', 'without them')
    .option('--certificate <file>', 'check the certificate, before it is deployed')
    .option('--released', 'an app version with the new pin is out; requires --note')
    .option('--wait <duration>', 'follow the rotation this long, at most 24h')
    .option('--abort', 'end the rotation, and undo what can break no app')
    .option('-y, --yes', 'take the steps that nothing stands against without asking')
    .addHelpText(
      'after',
      '\nEvery call shows the rotation and, on a terminal, asks before it takes the next step. It\ncan be repeated at any time, by any admin. Private keys stay on this machine; the server\nlearns the pin. --force takes one step in spite of what stands against it.',
    );
  forceable(rotate).action((accountText: string, domainText: string | undefined, options: RotateOptions) => {
    const account = readAccount(accountText);
    if (domainText === undefined) return listAll(remote, account, options);
    const domain = readDomain(domainText);
    const { note, force } = readForce(options);
    const given = { ...options, note, force };
    const waitMs = options.wait === undefined ? 0 : orUsageError('--wait', parseDuration(options.wait));
    if (waitMs > longestWaitMs) throw new UsageError('--wait: expected at most 24h');
    refuseTogether(options);
    return carryOut(remote, { account, domain }, async (client) => {
      const found = await inProgress(client, account, domain, options);
      const starts = options.csr !== undefined || options.newKey !== undefined;
      if (found.open === null) {
        const id = await startFrom(remote, client, account, domain, given);
        if (id === null) {
          return present(remote, options, { rotation: null, last: found.last }, (answer) =>
            nothingText(account, domain, answer.last, remote.clock()),
          );
        }
        return goOn(remote, client, account, { domain, id }, given, waitMs);
      }
      if (starts) {
        const { id, pin, startedBy } = found.open;
        throw new Failure(
          `a rotation of ${domain} to ${pin} is in progress (${id}, started by ${startedBy}): go on with it without --csr or --new-key, or abort it`,
        );
      }
      const { id } = found.open;
      if (options.abort) return abort(remote, client, account, found.open, given);
      if (options.certificate !== undefined) {
        return checkFile(remote, client, account, { domain, id }, options.certificate, options);
      }
      return goOn(remote, client, account, { domain, id }, given, waitMs);
    });
  });
}

function listAll(remote: Remote, account: string, options: CommonOptions) {
  return carryOut(remote, { account }, async (client) => {
    const { body } = await client.call('listRotations', { params: { account } });
    return present(remote, options, body, ({ rotations }) =>
      listText(rotations, remote.clock(), remote.output.colour),
    );
  });
}

/** The rotation of a domain that is in progress, and the one that ended last. */
async function inProgress(
  client: Client,
  account: string,
  domain: string,
  { keyType }: RotateOptions,
): Promise<{ readonly open: Summary | null; readonly last: Summary | null }> {
  const { body } = await client.call('listRotations', { params: { account } });
  const own = body.rotations.filter(
    ({ domains, keyTypes: types }) =>
      domains.includes(domain) && (keyType === undefined || types.includes(keyType)),
  );
  const open = own.filter(({ ended }) => ended === null);
  if (open.length > 1) {
    const types = open.map(({ keyTypes: [type] }) => `--key-type ${type}`).join(' or ');
    throw new Failure(
      `${open.length} rotations of ${domain} are in progress: say which with ${types}`,
      exitStatus.usage,
    );
  }
  return { open: open[0] ?? null, last: own.find(({ ended }) => ended !== null) ?? null };
}

async function abort(
  remote: Remote,
  client: Client,
  account: string,
  { id, domains }: Summary,
  options: RotateOptions,
): Promise<number> {
  const params = { account, rotation: id };
  const { body, etag } = await client.call('showRotation', { params });
  const question = `Abort the rotation of ${domains.join(', ')}, which is at the step "${body.step}"?`;
  if (!(await confirmed(remote, options, question))) return exitStatus.undetermined;
  const query = { note: options.note ?? '' };
  const aborted = await client.call('abortRotation', {
    params,
    query,
    ifMatch: etag,
    timeoutMs: stepTimeoutMs,
  });
  return present(remote, options, aborted.body, abortedText);
}
