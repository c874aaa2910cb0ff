/** Reads the settings of a running process again, and puts what is valid into force. */
import type { Journal } from './journal.ts';
import type { SettingProblem } from './setting-problem.ts';

export type ReadSettings<Settings> =
  | { readonly ok: true; readonly value: Settings; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** Keys are named as in the file. */
export type ReloadOutcome =
  | {
      readonly ok: true;
      /** What has taken effect. */
      readonly changed: readonly string[];
      /** What has changed in the file and takes effect at the next start. */
      readonly needsRestart: readonly string[];
      readonly warnings: readonly string[];
    }
  /** Everything is as it was. */
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

export interface ReloadPorts<Settings> {
  readonly read: () => Promise<ReadSettings<Settings>>;
  /** Of these settings, what can take effect now, and what differs. */
  readonly plan: (settings: Settings) => Promise<{
    readonly config: Settings;
    readonly changed: readonly string[];
    readonly needsRestart: readonly string[];
  }>;
  /** Why nothing can be put into force now; null if it can. */
  readonly trouble: () => string | null;
  /** Puts them into force. If it rejects, the rest follows once the store can be used again. */
  readonly takeEffect: (settings: Settings) => Promise<void>;
  readonly journal: Journal;
}

/** One reload at a time. A request that comes meanwhile shares the next one, which reads what the file holds by then. */
export function createReload<Settings>(ports: ReloadPorts<Settings>): () => Promise<ReloadOutcome> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<ReloadOutcome> | null = null;
  return () => {
    if (next !== null) return next;
    const begin = () => {
      next = null;
      return reload(ports);
    };
    next = running.then(begin, begin);
    running = next;
    return next;
  };
}

async function reload<Settings>(ports: ReloadPorts<Settings>): Promise<ReloadOutcome> {
  const { journal } = ports;
  const refused = (problems: readonly SettingProblem[]): ReloadOutcome => {
    journal({ kind: 'reload_refused', problems });
    return { ok: false, problems };
  };
  const read = await ports.read();
  if (!read.ok) return refused(read.problems);
  const { config, changed, needsRestart } = await ports.plan(read.value);
  const trouble = ports.trouble();
  if (trouble !== null) return refused([{ path: '', message: `${trouble}: reload again when that is over` }]);
  try {
    await ports.takeEffect(config);
  } catch (error) {
    journal({ kind: 'reload_incomplete', reason: (error as Error).message });
    throw error;
  }
  const { warnings } = read;
  journal({ kind: 'reloaded', changed, needsRestart, warnings });
  return { ok: true, changed, needsRestart, warnings };
}
