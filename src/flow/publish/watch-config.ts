/**
 * Watches the signed configurations as apps get them. Every server may; one of them does so for an account, and the others
 * take over if it no longer does: two that see different things would contradict each other.
 */
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import { advanceConfig, type ConfigLook, isSpread, type LookedUrl } from '../../core/config-advance.ts';
import {
  type ConfigIncidentKind,
  type ConfigRecord,
  configIncidentKinds,
  isServed,
} from '../../core/config-incident.ts';
import type { ConfigState } from '../../core/config-state.ts';
import type { NotifySettings } from '../../core/settings.ts';
import { activeDevices } from '../../core/unpinned-device.ts';
import type { UrlProblem } from '../../core/url-problem.ts';
import { readClaimedStatement } from '../sign/certify.ts';
import type { ConfigWatchStore } from './config-watch-store.ts';
import { eachAccount } from './each-account.ts';
import { type LookPorts, lookAtUrl, type VerifiedText } from './look-at-url.ts';
import type { PublishPorts } from './ports.ts';
import { rootPoints } from './publish-config.ts';
import type { ServedChannel, ServedChannels } from './served-channels.ts';

export interface ConfigWatch {
  /** As of the last look, by whichever process; null: not looked at yet, or there is no URL. */
  isServed(account: string): boolean | null;
  /** Devices that are not pinned; null: not looked at yet. */
  unpinned(account: string): number | null;
  /** Open incidents of all accounts, by kind. */
  open(): ReadonlyMap<ConfigIncidentKind, number>;
  look(): Promise<void>;
}

type Ports = Pick<PublishPorts, 'adminStore' | 'configStore' | 'clock' | 'journal' | 'repeats'> &
  LookPorts & {
    readonly channels: Pick<ServedChannels, 'all' | 'get'>;
    readonly watchStore: ConfigWatchStore;
    /** This process. */
    readonly watcher: string;
    /** The time from one look to the next. */
    readonly everyMs: number;
    readonly notify: NotifySettings;
    /** Hints to the deliverer that the account owes notices, due in `waitMs`. */
    readonly nudge: (account: string, waitMs: number) => Promise<void>;
  };

/** Looks that a process may miss before another one takes over. */
const looksMissed = 2.5;
/** Accounts at a time. Enough for a thousand accounts in three minutes, even if every fetch runs into its deadline. */
const atOnce = 64;
/** After this many, the next look tries again. */
const mostConflicts = 3;

/** `urls`: without the part that names the channel. */
export function createConfigWatch(urls: readonly string[], ports: Ports): ConfigWatch {
  const { adminStore, channels, clock, everyMs, journal, nudge, watchStore, watcher } = ports;
  const known = new Map<string, ConfigRecord>();
  /** Of each account the text that it should serve, once it was seen and verified. */
  const verified = new Map<string, VerifiedText>();
  /** What the last look of this process has found at each URL. */
  const problems = new Map<string, UrlProblem>();

  /** Another process looks, or this one has done so just now. */
  function isLookedAt({ watcher: by, lookedAt }: ConfigRecord): boolean {
    return Math.abs(clock() - lookedAt) < (by === watcher ? 0.5 : looksMissed) * everyMs;
  }

  async function lookAt(account: string, channel: ServedChannel): Promise<void> {
    let loaded = await watchStore.load(account);
    known.set(account, loaded.record);
    if (isLookedAt(loaded.record)) return;
    const look = await lookOf(account, channel);
    if (look === null) {
      known.delete(account);
      return;
    }
    const owner = await adminStore.account(account);
    const rules = { ...ports.notify, ...owner?.value.notify };
    for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
      const { record, transitions } = advanceConfig(loaded.record, look, rules);
      const stored = await watchStore.commit(account, loaded.token, record, transitions, look.at);
      if (stored === 'stored') {
        known.set(account, record);
        for (const url of look.urls) report(account, url, look);
        for (const transition of transitions) journal({ kind: 'config_transition', account, transition });
        if (transitions.length > 0) await nudge(account, rules.groupWaitMs);
        return;
      }
      loaded = await watchStore.load(account);
      known.set(account, loaded.record);
      if (isLookedAt(loaded.record)) return;
    }
  }

  /** null: there is nothing to look at any more. */
  async function lookOf(account: string, served: ServedChannel): Promise<ConfigLook | null> {
    const stored = await ports.configStore.state(account);
    const state = stored?.value;
    if (state === undefined || state.published === null) return null;
    const { channel, roots } = state;
    const expected = () => channels.get(channel)?.head ?? served.head;
    const { text } = channels.get(channel) ?? served;
    const devices = state.published.signedElsewhere ? null : (state.devices ?? []).map(({ hash }) => hash);
    const wanted = { channel, roots: rootPoints(state), text, expected, published: state.published, devices };
    const looked: LookedUrl[] = [];
    for (const base of urls) {
      const known = verified.get(account) ?? null;
      const found = await lookAtUrl(`${base}/c/${channel}`, { ...wanted, verified: known }, ports);
      looked.push(found.looked);
      if (found.verified?.text === text) verified.set(account, found.verified);
    }
    return {
      ...{ account, watcher, channel, roots, urls: looked, everyMs, at: clock(), expected: expected() },
      signedElsewhere: state.published.signedElsewhere,
      certifiedAt: certifiedAt(state) ?? clock() / 1_000,
      renewalFailure: ports.repeats.known(account),
      devices: activeDevices(state.devices, clock()),
    };
  }

  function report(account: string, { url, problem, detail }: LookedUrl, look: ConfigLook): void {
    const isEarly = problem === 'outdated' && !isSpread(look);
    const now = isEarly ? null : problem;
    const before = problems.get(url) ?? null;
    if (now === before) return;
    if (now === null) problems.delete(url);
    else problems.set(url, now);
    journal({ kind: 'config_url', account, url, problem: now, detail });
  }

  return {
    isServed(account) {
      const record = known.get(account);
      return record === undefined ? null : isServed(record);
    },
    unpinned(account) {
      const report = known.get(account)?.report;
      if (report === undefined || report === null) return null;
      return (report.devices ?? []).filter(({ until }) => Date.parse(until) > clock()).length;
    },
    open() {
      const records = [...known.values()];
      const count = (kind: ConfigIncidentKind) =>
        records.filter(({ incidents }) => incidents[kind] !== undefined).length;
      return new Map(configIncidentKinds.map((kind) => [kind, count(kind)]));
    },
    async look() {
      const served = [...channels.all()].flatMap((channel) =>
        channel.account === null ? [] : [{ account: channel.account, channel }],
      );
      const accounts = new Set(served.map(({ account }) => account));
      for (const account of known.keys()) {
        if (accounts.has(account)) continue;
        known.delete(account);
        verified.delete(account);
      }
      await eachAccount(served, atOnce, ({ account, channel }) => lookAt(account, channel));
    },
  };
}

/** Seconds since 1970. */
function certifiedAt({ statement }: ConfigState): number | null {
  const read = readClaimedStatement(asciiBytes(statement));
  return read.ok ? read.value.statement.issuedAt : null;
}
