/** The part of the composition root that reads the configuration again. */
import type { HttpListener } from '../adapters/http/server.ts';
import { reloaded } from '../config/reloaded.ts';
import type { Journal } from '../flow/journal.ts';
import { createReload, type ReloadOutcome } from '../flow/reload.ts';
import type { ServiceOptions } from './options.ts';
import type { Settings } from './settings.ts';

interface ReloadParts {
  readonly settings: Settings;
  readonly listener: () => Pick<HttpListener, 'certify'>;
  /** Why the store can't be used now; null if it can. */
  readonly trouble: () => string | null;
  /** Puts into the store what comes from the settings in force. */
  readonly establish: () => Promise<void>;
  readonly journal: Journal;
}

export function composeReload(
  { read, role, log }: ServiceOptions,
  { settings, listener, trouble, establish, journal }: ReloadParts,
): () => Promise<ReloadOutcome> {
  return createReload({
    async read() {
      const loaded = await read();
      return loaded.ok ? { ok: true, value: loaded.config, warnings: loaded.warnings } : loaded;
    },
    plan: (next) => reloaded(settings.now(), next),
    // A worker stores nothing that comes from the file.
    trouble: () => (role === 'worker' ? null : trouble()),
    async takeEffect(config) {
      // Known to be usable since it was read: nothing below rejects until the store is asked.
      if (config.http.tls !== null) listener().certify(config.http.tls);
      settings.put(config);
      log.level = config.log.level;
      if (role !== 'worker') await establish();
    },
    journal,
  });
}
