/**
 * The signed texts that this process serves: in memory, and as one file each. Both come from the store, and stay as they
 * are while it is away. A text is replaced only by a newer one, as in the apps: a store that was restored from a backup
 * must not take them back.
 */
import { isNewer, type ServedTuple } from '../../core/config-state.ts';
import type { Parsed } from '../../core/parsed.ts';
import { createRepeats } from '../../core/repeats.ts';
import type { Journal } from '../journal.ts';
import type { ConfigStore } from './config-store.ts';
import { type BundleHead, readBundleHead } from './read-bundle.ts';

export interface ServedChannel {
  /** null: it is known only from its file. */
  readonly account: string | null;
  readonly text: string;
  readonly head: BundleHead;
}

/** The files that web servers and CDNs are fed from. */
export interface ChannelFiles {
  /** Those that are there. What can't be read is left out. */
  read(): AsyncIterable<{ readonly channel: string; readonly text: string }>;
  /** All or nothing, on disk when it resolves; then the command that spreads it has run. */
  write(channel: string, text: string): Promise<Parsed<void>>;
}

export interface ServedPorts {
  readonly configStore: Pick<ConfigStore, 'changedSince' | 'states' | 'bundle'>;
  readonly files: ChannelFiles;
  readonly clock: () => number;
  readonly journal: Journal;
}

export interface ServedChannels {
  get(channel: string): ServedChannel | null;
  held(channel: string): ServedTuple | null;
  all(): Iterable<ServedChannel>;
  /** From the files, before the store is there. */
  load(): Promise<void>;
  /** Takes what was saved since the last call; `all`: looks at every account. Gives the accounts that have a state. */
  refresh(which: 'changed' | 'all'): Promise<readonly string[]>;
  /** This account's text, now. */
  take(account: string): Promise<void>;
  /** Writes files that could not be written. */
  spreadAgain(): Promise<void>;
}

export function createServedChannels({ configStore, files, clock, journal }: ServedPorts): ServedChannels {
  const channels = new Map<string, ServedChannel>();
  /** Whose file is not written yet, or not spread. */
  const unspread = new Set<string>();
  /** Of channels whose file is not up to date. */
  const repeats = createRepeats();
  let mark: number | null = null;
  let working: Promise<unknown> = Promise.resolve();

  /** One at a time: an older text must not be written after a newer one. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = working.then(work);
    working = result.catch(() => {});
    return result;
  }

  async function takeAll(accounts: readonly string[]): Promise<readonly string[]> {
    const states = await configStore.states(accounts);
    const taken: string[] = [];
    for (const { account, state } of states) {
      if (state.served === null) continue;
      const found = channels.get(state.channel);
      if (found !== undefined && !isNewer(state.served, found.head)) {
        if (found.account !== account) channels.set(state.channel, { ...found, account });
        continue;
      }
      const text = await configStore.bundle(account);
      const head = text === null ? null : readBundleHead(text);
      if (text === null || head === null || !head.ok || head.value.channel !== state.channel) {
        const problem = head?.ok === false ? head.problem : 'it is missing, or of another channel';
        notSpread(state.channel, account, `the stored text can't be served: ${problem}`);
        continue;
      }
      channels.set(state.channel, { account, text, head: head.value });
      taken.push(state.channel);
    }
    await spread(taken);
    return states.map(({ account }) => account);
  }

  function notSpread(channel: string, account: string, reason: string): void {
    const again = repeats.isRepeat(channel, reason, clock());
    journal({ kind: 'config_not_spread', account, reason, again });
  }

  async function spread(which: Iterable<string>): Promise<void> {
    for (const channel of which) {
      const served = channels.get(channel);
      if (served === undefined) continue;
      const written = await files.write(channel, served.text);
      if (written.ok) {
        unspread.delete(channel);
        repeats.clear(channel);
        continue;
      }
      unspread.add(channel);
      notSpread(channel, served.account ?? '', written.problem);
    }
  }

  return {
    get: (channel) => channels.get(channel) ?? null,
    held: (channel) => channels.get(channel)?.head ?? null,
    all: () => channels.values(),
    async load() {
      for await (const { channel, text } of files.read()) {
        const head = readBundleHead(text);
        if (head.ok && head.value.channel === channel) {
          channels.set(channel, { account: null, text, head: head.value });
        }
      }
    },
    refresh: (which) =>
      inTurn(async () => {
        const changed = await configStore.changedSince(which === 'all' ? null : mark);
        const accounts = await takeAll(changed.accounts);
        mark = changed.mark;
        return accounts;
      }),
    take: (account) =>
      inTurn(async () => {
        await takeAll([account]);
      }),
    spreadAgain: () => inTurn(() => spread([...unspread])),
  };
}
