/** Everything that runs: TLS servers, name server, mail server, Redis and pinwatch, each as a process or on a port of its own. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findTool, freePort } from '../lab/child.ts';
import { storeSchema } from '../src/core/store-schema.ts';
import { type FakeClock, fakeClock } from '../test/support/fake-clock.ts';
import { buildPrevious } from '../test/support/previous-version.ts';
import { createGaps, type Gaps } from './gaps.ts';
import { createLines, type Lines } from './lines.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';
import { type Names, startNames } from './names.ts';
import type { SoakOptions } from './options.ts';
import { createPinwatch, type Pinwatch } from './pinwatch.ts';
import { contactsOf, createReference, type Reference } from './reference.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';
import { type Store, startStore } from './store.ts';
import { accounts, startTargets, type Targets } from './targets.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export interface Fleet {
  readonly options: SoakOptions;
  readonly targets: Targets;
  readonly names: Names;
  readonly mailbox: Mailbox;
  readonly webhook: Webhook;
  readonly store: Store;
  readonly server: Pinwatch;
  /** The first never fails, so that its memory can be followed. */
  readonly workers: readonly Pinwatch[];
  /** The clocks of the other workers, by their names; empty without libfaketime. */
  readonly clocks: ReadonlyMap<string, FakeClock>;
  readonly previous: Previous;
  /** The server's `stateDir`, and the file system of its own that it is on. */
  readonly state: { readonly directory: string; readonly disk: SmallDisk | { readonly unavailable: string } };
  readonly lines: Lines;
  readonly reference: Reference;
  readonly gaps: Gaps;
  /** What a process did that none should do, each with the moment. */
  readonly troubles: readonly string[];
  configOf(process: Pinwatch): string;
  /** Probes that the process has logged since it was last started. */
  probesOf(process: Pinwatch): number;
}

/** What Node.js runs for the version before; or why there is none. */
export type Previous = { readonly program: string } | { readonly reason: string };

export const probeTimeoutMs = 3_000;

/** `closing` takes what has to be ended, in the order of its start, also if the start fails half-way. */
export async function startFleet(
  options: SoakOptions,
  closing: (() => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<Fleet> {
  const directory = resolve(options.directory);
  for (const folder of ['logs', 'config', 'state']) {
    await rm(join(directory, folder), { recursive: true, force: true });
    await mkdir(join(directory, folder), { recursive: true });
  }
  const previous = await versionBefore(options.upgrades, closing);
  const targets = await startTargets(options.targets, options.domains);
  closing.push(() => targets.close());
  const reference = createReference(targets.apis);
  const names = await startNames();
  closing.push(() => names.close());
  const mailbox = await startMailbox((mail) => reference.mail(mail));
  closing.push(() => mailbox.close());
  const webhook = await startWebhook((posted) => reference.posted(posted));
  closing.push(() => webhook.close());
  const workerNames = Array.from({ length: options.workers }, (_, index) => `worker-${index + 1}`);
  const failing = workerNames.slice(1);
  const { store, settings, close: closeStore } = await startStore(options.store, directory, failing);
  closing.push(closeStore);

  const clocks = new Map<string, FakeClock>();
  for (const name of findTool('faketime') === undefined ? [] : failing)
    clocks.set(name, await fakeClock('+0'));
  closing.push(() => Promise.all([...clocks.values()].map((clock) => clock.close())));
  await writeFile(join(directory, 'config', 'root.pem'), targets.rootPem);
  const lines = createLines();
  const gaps = createGaps(
    targets.apis.map(({ name }) => name),
    options.intervalMs,
  );
  const troubles: string[] = [];
  const trouble = (text: string) => void troubles.push(`${new Date().toISOString()} ${text}`);
  const configs = new Map<string, string>();
  const create = async (name: string, role: 'server' | 'worker'): Promise<Pinwatch> => {
    const config = join(directory, 'config', `${name}.yaml`);
    const listen = `127.0.0.1:${await freePort()}`;
    configs.set(name, config);
    const stateDir = join(directory, 'state', name);
    const content = configuration(options, targets, {
      listen,
      stateDir,
      redis: settings(name),
      names,
      mailbox,
      webhook,
    });
    // JSON is YAML.
    await writeFile(config, JSON.stringify(content, null, 1));
    const env = clocks.get(name)?.env ?? {};
    const logFile = join(directory, 'logs', `${name}.log`);
    const created = createPinwatch({ name, role, config, listen, env, logFile }, lines, (status) =>
      trouble(`${name} ended by itself (${status})`),
    );
    closing.push(() => created.stop('SIGKILL'));
    return created;
  };
  const stateDirectory = join(directory, 'state', 'server-1');
  await mkdir(stateDirectory, { mode: 0o700 });
  const disk = await smallDisk(stateDirectory, stateSize);
  if ('remove' in disk) closing.push(() => disk.remove());
  const server = await create('server-1', 'server');
  const workers: Pinwatch[] = [];
  for (const name of workerNames) workers.push(await create(name, 'worker'));
  const probes = new Map<string, number>();
  lines.watch(({ process, line, at }) => {
    const { event, domain = '' } = line;
    if (event === 'probed') {
      probes.set(process, (probes.get(process) ?? 0) + 1);
      // When it began: a dead server keeps it waiting for its deadline. By a clock that may have been set meanwhile.
      const tookMs = Math.min(Number(line.seconds) * 1_000, longestProbeMs);
      gaps.probed(domain, at - tookMs);
    } else if (event === 'incident_opened' || event === 'incident_changed') {
      reference.noticed(domain, String(line.incidentKind), String(line.incident));
    } else if (event === 'listening') probes.set(process, 0);
    else if (neverFine.has(event ?? '')) trouble(`${process}: ${event}: ${line.msg}`);
  });
  // On a small machine, so many processes that start at once take all of it.
  const started = gaps.hold({ all: true, takeover: { forMs: 0, afterMs: 0 } });
  await Promise.all([server, ...workers].map((process) => process.start(signal)));
  for (let sweeps = 0; sweeps < warmUpSweeps; sweeps += 1) await gaps.allProbed(signal);
  started();
  return {
    ...{
      options,
      targets,
      names,
      mailbox,
      webhook,
      store,
      server,
      workers,
      clocks,
      previous,
      state: { directory: stateDirectory, disk },
      lines,
      reference,
      gaps,
      troubles,
    },
    configOf: ({ name }) => configs.get(name) ?? '',
    probesOf: ({ name }) => probes.get(name) ?? 0,
  };
}

async function versionBefore(isWanted: boolean, closing: (() => Promise<unknown>)[]): Promise<Previous> {
  if (!isWanted) return { reason: 'only with --upgrades' };
  const built = await buildPrevious(new URL('../..', import.meta.url).pathname);
  closing.push(() => built.remove());
  if (built.schema === storeSchema) return { program: built.program };
  return { reason: 'the version before has another schema, and does not work beside this one' };
}

/** Three looks at a server that does not answer, each with the deadline of `configOf`. */
const longestProbeMs = 10_000;
const warmUpSweeps = 3;
const stateSize = '4m';

/** No fault explains these. */
const neverFine = new Set(['crash', 'not_json', 'not_started', 'refused', 'unreadable', 'not_stopped']);

interface Surroundings {
  readonly listen: string;
  readonly stateDir: string;
  readonly redis: object;
  readonly names: Names;
  readonly mailbox: Mailbox;
  readonly webhook: Webhook;
}

function configuration(
  { intervalMs }: SoakOptions,
  { apis }: Targets,
  { listen, stateDir, redis, names, mailbox, webhook }: Surroundings,
): object {
  const domainsOf = (account: string) =>
    apis
      .filter((api) => api.account === account)
      .map(({ name, pins, isNamed }) => ({
        ...{ host: name, pins, caFile: 'root.pem' },
        ...(isNamed ? {} : { connect: ['127.0.0.1'] }),
      }));
  const channels = [{ name: 'hook', type: 'webhook', url: webhook.url, key: 'signs-what-is-posted' }];
  return {
    ...{ interval: `${intervalMs}ms`, stateDir, redis },
    http: { listen },
    mail: { smtp: mailbox.url, from: 'pinwatch@example.com' },
    network: { allow: ['127.0.0.0/8'] },
    probe: {
      ...{ timeout: `${probeTimeoutMs}ms`, dnsTimeout: '2s', confirmAfter: '100ms' },
      ...{ keyTypes: ['ecdsa'], resolvers: [names.address] },
    },
    notify: { groupWait: '300ms', groupInterval: '1s', digestEvery: '0s' },
    // Every probe is logged.
    log: { level: 'debug' },
    accounts: Object.fromEntries(
      accounts.map((account) => [
        account,
        { contacts: contactsOf(account), channels, domains: domainsOf(account) },
      ]),
    ),
  };
}
