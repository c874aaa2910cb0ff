import { type Command, Option } from 'commander';
import type { Check } from '../../core/check.ts';
import { parseDelivery } from '../../core/delivery.ts';
import { type Domain, domainName } from '../../core/domain.ts';
import { type Pin, parsePin } from '../../core/pin.ts';
import { type Position, positions } from '../../core/position.ts';
import { mayHavePrivateRoot, nameRoot } from '../../core/private-root.ts';
import { judge } from '../../core/verdict.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { checkTable } from '../check-table.ts';
import { row } from '../layout.ts';
import { withProgress } from '../output.ts';
import {
  addProbingOptions,
  again,
  type ProbingOptions,
  platformOption,
  readCheckRequest,
  readPlatforms,
  unique,
} from '../probing-options.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import {
  channelOption,
  deliverOption,
  readChannels,
  readRegions,
  regionOption,
  sentSettings,
} from './domain-settings.ts';
import { troubles } from './domain-text.ts';
import { Failure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { type CommonOptions, carryOut, present, type Remote, readAccount, remoteCommand } from './remote.ts';
import { difference, viewOf } from './views.ts';

type AddedDomain = AnswerOf<'addDomain'>;

interface AddOptions extends ProbingOptions, CommonOptions {
  readonly pin?: readonly string[];
  readonly pinLevel: Position;
  readonly platform?: readonly string[];
  readonly deliver?: string;
  readonly channel?: readonly string[];
  readonly region?: readonly string[];
  readonly note?: string;
  readonly force?: boolean;
  readonly localProbe: boolean;
}

/** The server probes the domain for up to a minute before it answers. */
const timeoutMs = 75_000;

export function addDomainAdd(domains: Command, remote: Remote): void {
  const add = remoteCommand(
    domains,
    'add <account> <host[:port]>',
    'watch a domain; without --pin, the key that it presents now is pinned',
    [
      'domain add acme api.example.com --pin sha256/… --pin sha256/…',
      'domain add acme api.example.com --pin-level intermediate',
    ],
  )
    .option('--pin <pin>', 'a pinned key, sha256/…; repeatable', again)
    .addOption(
      new Option('--pin-level <level>', 'which certificate to pin if no pins are given')
        .choices(positions)
        .default('leaf'),
    )
    .option('--note <text>', 'why; kept with the pins');
  addProbingOptions(add)
    .addOption(platformOption("platform whose rules count; repeatable (default: the account's)"))
    .addOption(deliverOption())
    .addOption(channelOption())
    .addOption(regionOption())
    .option('--force', 'register it even if it looks different from here')
    .option('--no-local-probe', 'do not probe from here; rely on the server')
    .action((accountArgument: string, host: string, options: AddOptions) => {
      const account = readAccount(accountArgument);
      const pins = unique((options.pin ?? []).map((text) => orUsageError('--pin', parsePin(text))));
      if (options.note !== undefined && options.note.trim() === '')
        throw new UsageError('--note: expected a text, found none');
      const ports = remote.probe();
      const { domain: probed, timeoutMs: deadlineMs } = readCheckRequest(
        'HOST',
        host,
        options,
        remote.output,
        ports,
      );
      const platforms = readPlatforms(options.platform);
      const deliver =
        options.deliver === undefined ? undefined : orUsageError('--deliver', parseDelivery(options.deliver));
      const channels = readChannels(options.channel);
      const regions = readRegions(options.region);
      const domain = {
        ...probed,
        ...(platforms === undefined ? {} : { platforms }),
        ...(deliver === undefined ? {} : { deliver }),
        ...(channels === undefined ? {} : { channels }),
        ...(regions === undefined ? {} : { regions }),
      };
      return carryOut(remote, { account }, async (client) => {
        const name = domainName(domain);
        const preview = await withProgress(remote.output, options, `the server is probing ${name}`, () =>
          previewed(client, account, domain, pins, options),
        );
        if (options.localProbe) {
          const observations = await withProgress(remote.output, options, `probing ${name} from here`, () =>
            ports.observe({ ...domain, pins }, deadlineMs),
          );
          const here = judge(
            { ...domain, pins: preview.pins.map(({ pin }) => pin) },
            observations,
            ports.clock(),
            0,
          ).check;
          const refusal = refusalOf(here, preview.check);
          if (refusal !== null) {
            const { output, clock } = remote;
            const show = (check: typeof here) => checkTable(printable(check), clock(), false);
            if (!refusal.isWhole) {
              output.stderr(
                `What this machine sees:\n${show(here)}\nWhat the server sees:\n${show(preview.check)}\n`,
              );
            }
            const line = `${domainName(domain)}: ${refusal.reason}`;
            if (!options.force)
              throw new Failure(`${line}\nNothing was registered. ${refusal.wayOut}`, refusal.status);
            output.stderr(`${line}\nRegistered anyway, because of --force.\n`);
          }
        }
        return register(remote, client, account, domain, preview, options);
      });
    });
}

/** What the API would register, and what it sees. */
async function previewed(
  client: Client,
  account: string,
  domain: Omit<Domain, 'pins'>,
  pins: readonly Pin[],
  options: AddOptions,
): Promise<AddedDomain> {
  const body = requestOf(domain, pins, options);
  const query = { dryRun: true };
  const params = { account };
  const request = { params, body: { ...body, pinLevel: options.pinLevel }, query, timeoutMs };
  return (await client.call('addDomain', request)).body;
}

function requestOf(domain: Omit<Domain, 'pins'>, pins: readonly Pin[], { note, keyType }: AddOptions) {
  return {
    host: domainName(domain),
    pins,
    ...(note === undefined ? {} : { note }),
    // Without --key-type, the installation's key types.
    ...sentSettings(keyType ? domain : { ...domain, keyTypes: undefined }),
  };
}

interface AddRefusal {
  readonly reason: string;
  readonly wayOut: string;
  readonly status: number;
  /** The reason says all there is to see. */
  readonly isWhole?: boolean;
}

const wayOut =
  'The connection may be intercepted, or names may resolve differently. --force registers what the server sees.';

function refusalOf(here: Check, there: Check): AddRefusal | null {
  const [seenHere, seenThere] = [viewOf(here), viewOf(there)];
  if (seenHere.paths.length === 0 && seenThere.paths.length === 0) {
    return {
      reason: `neither this machine nor the server can connect (${failuresOf(here, there)})`,
      wayOut: '--force registers it anyway: it is probed at every sweep.',
      status: exitStatus.undetermined,
      isWhole: true,
    };
  }
  if (seenHere.paths.length === 0) {
    const reason = `this machine cannot see it (${failuresOf(here)})`;
    const out = 'If that is intended, --no-local-probe relies on the server.';
    return { reason, wayOut: out, status: exitStatus.undetermined };
  }
  if (seenThere.paths.length === 0) {
    return {
      reason: 'the server cannot see it, but this machine can',
      wayOut,
      status: exitStatus.undetermined,
    };
  }
  const reason = difference(seenHere, seenThere);
  return reason === null ? null : { reason, wayOut, status: exitStatus.appsFail };
}

function failuresOf(...checks: readonly Check[]): string {
  const failures = checks.flatMap(({ endpoints }) =>
    endpoints.flatMap(({ failure }) => failure?.message ?? []),
  );
  return unique(failures.map((message) => printable(message))).join('; ');
}

/** Registers exactly what was previewed: the pins of the preview, not those of a third probe. */
async function register(
  remote: Remote,
  client: Client,
  account: string,
  domain: Omit<Domain, 'pins'>,
  preview: AddedDomain,
  options: AddOptions,
): Promise<number> {
  const { pinned } = preview;
  const pins = preview.pins.map(({ pin }) => pin);
  const note =
    options.note ?? (pinned.length > 0 ? `the ${options.pinLevel} presented when it was added` : undefined);
  const body = requestOf(domain, pins, { ...options, ...(note === undefined ? {} : { note }) });
  const request = { params: { account }, body, timeoutMs };
  const sent = await withProgress(remote.output, options, `registering ${domainName(domain)}`, () =>
    client.call('addDomain', request),
  );
  const answer = { ...sent.body, pinned };
  const { stdout, stderr } = remote.output;
  const { name, check } = printable(answer);
  const warnings = [
    ...troubles(check),
    ...(domain.ca === undefined && mayHavePrivateRoot(check) ? [nameRoot] : []),
    ...(check.pins.every(({ seen }) => seen) ? [backupMissing(account, name)] : []),
  ];
  for (const warning of warnings) stderr(`${row('warning', warning).join('\n')}\n`);
  if (options.json) stdout(`${printableJson(answer)}\n`);
  else present(remote, options, answer, (shown) => addedText(shown, options.pinLevel));
  return exitStatus.ok;
}

function backupMissing(account: string, name: string): string {
  return (
    'no backup pin: if the key must change, the apps fail. Create a key now and keep it safe, then run ' +
    `"pinwatch pin from" on its certificate request and "pinwatch pin add ${account} ${name} PIN"`
  );
}

function addedText({ name, pins, pinned, verdict }: AddedDomain, level: string): string {
  const how = pinned.length > 0 ? `pinned to the ${level} that it presents now` : 'pinned as given';
  return [
    ...row('added', `${name}: ${how}; verdict ${verdict}`),
    ...pins.flatMap(({ pin }) => row('pin', pin)),
    '',
  ].join('\n');
}
