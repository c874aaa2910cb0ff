/** The part of the composition root that signs configurations, serves them and keeps them fresh. */
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { fetchBundle } from '../adapters/download/fetch-bundle.ts';
import { createChannelFiles } from '../adapters/files/channel-files.ts';
import type { ConfigStatus } from '../adapters/metrics/config-series.ts';
import { createCommandSigner } from '../adapters/signing/command-signer.ts';
import { readPrivateFile } from '../adapters/signing/key-files.ts';
import { createKeySigner } from '../adapters/signing/key-signer.ts';
import { readPrivateKey } from '../adapters/signing/key-text.ts';
import { every, pause } from '../adapters/time/timer.ts';
import type { Config } from '../config/config.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { createRepeats } from '../core/repeats.ts';
import type { Journal } from '../flow/journal.ts';
import type { DomainRef } from '../flow/probe-store.ts';
import { type AdoptionCounter, createAdoptionCounter } from '../flow/publish/count-adoption.ts';
import { createDraftWatch } from '../flow/publish/draft-watch.ts';
import type { PublishPorts } from '../flow/publish/ports.ts';
import { renewConfigs } from '../flow/publish/renew.ts';
import { retireVersions } from '../flow/publish/retire-versions.ts';
import { createServedChannels, type ServedChannels } from '../flow/publish/served-channels.ts';
import { type ConfigWatch, createConfigWatch } from '../flow/publish/watch-config.ts';
import { resolvePinSets } from '../flow/resolve-pin-sets.ts';
import type { Signer } from '../flow/sign/signer.ts';
import type { Closer, Log } from './options.ts';
import { composeObserveAll } from './probe.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

const refreshEveryMs = 2_000;
const renewEveryMs = 60_000;
/** What is counted meanwhile is lost if the process is killed. */
const flushEveryMs = 10_000;
const compareEveryMs = 300_000;
const probesAtOnce = 16;

export interface Publishing {
  readonly ports: Omit<PublishPorts, 'platforms' | 'adminStore' | 'pinSetStore' | 'clock'>;
  readonly channels: ServedChannels;
  readonly adoption: Pick<AdoptionCounter, 'count'>;
  /** What the metrics show of one account, or of all (null). */
  statuses(account: string | null): ConfigStatus[];
  /** Of the configurations of all accounts, by kind. */
  openIncidents: ConfigWatch['open'];
  /** Follows the store from now on. */
  begin(): void;
}

type PublishingStores = Pick<
  Store,
  'configStore' | 'adoptionStore' | 'configWatchStore' | 'adminStore' | 'pinSetStore'
>;

/** What a publication and the watch ask of the queues, once they exist. */
export interface PublishingJobs {
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly probeSoon: (refs: readonly DomainRef[]) => Promise<void>;
}

/** `isUsable`: the store is there, and the one last seen. */
export async function composePublishing(
  config: Config,
  settings: Settings,
  { configStore, adoptionStore, configWatchStore, adminStore, pinSetStore }: PublishingStores,
  isUsable: () => boolean,
  { nudge, probeSoon }: PublishingJobs,
  journal: Journal,
  log: Log,
  closers: Closer[],
): Promise<Publishing> {
  const { publish, stateDir } = config;
  const files = createChannelFiles(publish.directory ?? join(stateDir, 'config'), publish.afterWrite);
  const clock = () => Date.now();
  const channels = createServedChannels({ configStore, files, clock, journal });
  await channels.load();
  const { validForMs, renewEveryMs: ownRenewEveryMs, fieldForMs } = publish;
  const adoption = createAdoptionCounter({ channels, adoptionStore, clock });
  const ports = {
    configStore,
    adoptionStore,
    observeAll: composeObserveAll(settings),
    pause,
    get probe() {
      return settings.now().probe;
    },
    probesAtOnce,
    signer: (account: string) => signerOf(account, config),
    subtle: webcrypto.subtle,
    digest: (text: string) => createHash('sha256').update(text).digest('hex'),
    newId: () => randomBytes(12).toString('base64url'),
    ...{ validForMs, renewEveryMs: ownRenewEveryMs, fieldForMs },
    managedRoots: publish.roots,
    held: channels.held,
    repeats: createRepeats(),
    changed: (account: string) => channels.take(account).catch(onError),
    resolveSets: (account: string) => resolvePinSets(account, { pinSetStore, probeSoon }).catch(onError),
    journal,
  };
  const onError = ({ message }: Error) => {
    if (!isUsable()) return;
    log.error({ event: 'trouble', reason: message }, 'signed configurations could not be read');
  };
  const whenUsable = (task: () => Promise<unknown>) => async () => {
    if (isUsable()) await task();
  };
  const watch = createConfigWatch(publish.urls, {
    ...{ ...ports, adminStore, clock, channels, fetchBundle, nudge },
    get notify() {
      return settings.now().notify;
    },
    everyMs: publish.watchEveryMs,
    watchStore: configWatchStore,
    watcher: randomBytes(12).toString('base64url'),
  });
  const owners = () => [...channels.all()].flatMap(({ account }) => account ?? []);
  const drafts = createDraftWatch({ adminStore, configStore, pinSetStore, managedRoots: publish.roots });
  return {
    ports,
    channels,
    adoption,
    openIncidents: watch.open,
    statuses: (account) =>
      [...channels.all()].flatMap(({ account: owner, head: { version, issuedAt, expiresAt } }) => {
        if (owner === null || (account !== null && owner !== account)) return [];
        return [
          {
            account: owner,
            version,
            issuedAt,
            expiresAt,
            differs: drafts.differs(owner),
            served: watch.isServed(owner),
            unpinned: watch.unpinned(owner),
          },
        ];
      }),
    begin() {
      const refresh = every(
        refreshEveryMs,
        whenUsable(() => channels.refresh('changed')),
        onError,
      );
      const renew = async () => {
        const { platforms } = settings.now();
        const accounts = await channels.refresh('all');
        await channels.spreadAgain();
        await renewConfigs(accounts, { ...ports, adminStore, pinSetStore, platforms, clock });
      };
      const renewal = every(renewEveryMs, whenUsable(renew), onError);
      const flush = every(flushEveryMs, whenUsable(adoption.flush), onError);
      const compare = whenUsable(() => drafts.look(owners()));
      const retire = whenUsable(() => retireVersions(owners(), { ...ports, clock }));
      const retirement = every(compareEveryMs, retire, onError);
      const look = every(publish.watchEveryMs, whenUsable(watch.look), onError);
      const comparison = every(compareEveryMs, compare, onError);
      whenUsable(renew)().then(retire).then(compare).then(whenUsable(watch.look)).catch(onError);
      closers.push(async () => {
        for (const loop of [refresh, renewal, comparison, retirement, look, flush]) await loop.stop();
        await whenUsable(adoption.flush)().catch(onError);
      });
    },
  };
}

/** Read at each use: a key that was just installed signs the next text. */
function signerOf(account: string, { publish: { keyDir, signer } }: Pick<Config, 'publish'>): Parsed<Signer> {
  if (signer !== null) return parsed(createCommandSigner(signer, account));
  if (keyDir === null) {
    return refused('this server has no signing keys: set publish.keyDir or publish.signer, or send a bundle');
  }
  const file = join(keyDir, `${account}.pem`);
  const pem = readPrivateFile(file);
  if (!pem.ok) return pem;
  const key = readPrivateKey(pem.value);
  return key.ok ? parsed(createKeySigner(quote(file), key.value)) : refused(`${quote(file)}: ${key.problem}`);
}
