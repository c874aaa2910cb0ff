import type { ReloadOutcome } from '../../../flow/reload.ts';
import type { reloadRoutes } from '../../../wire/reload.ts';
import type { Handlers } from '../handler.ts';

export interface ReloadRoutePorts {
  readonly reload: () => Promise<ReloadOutcome>;
}

export function reloadHandlers({ reload }: ReloadRoutePorts): Handlers<typeof reloadRoutes> {
  return {
    reloadConfiguration: {
      answer: async () => {
        const outcome = await reload();
        if (outcome.ok) {
          const { changed, needsRestart, warnings } = outcome;
          return { body: { changed, needsRestart, warnings } };
        }
        const detail = 'the configuration was not reloaded, and the one before stays in force';
        return { ok: false, refusal: { kind: 'unprocessable', detail, errors: outcome.problems } };
      },
    },
  };
}
