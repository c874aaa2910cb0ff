import { harmOf } from '../../../core/harm.ts';
import { type WatchStatusPorts, watchStatus } from '../../../flow/admin/watch-status.ts';
import type { statusRoutes } from '../../../wire/status.ts';
import type { Handlers } from '../handler.ts';
import { time } from '../views.ts';

export function statusHandlers(ports: WatchStatusPorts): Handlers<typeof statusRoutes> {
  return {
    showStatus: {
      answer: async ({ principal }) => {
        const status = await watchStatus(principal.account, ports);
        const { sweepStartedAt, nextSweepAt, isLate, noticesPending, workers, regions } = status;
        const { domains, troubled, more } = status;
        const ofAccounts = [
          ...(status.blind > 0 ? [['blind', status.blind] as const] : []),
          ...status.openConfigs,
        ];
        return {
          body: {
            watch: {
              lastSweepAt: time(sweepStartedAt),
              nextSweepAt: time(nextSweepAt),
              late: isLate,
              noticesPending,
              workers,
              ...(regions === null || regions.length === 0
                ? {}
                : { regions: regions.map(({ name, workers }) => ({ region: name, workers })) }),
            },
            domains,
            incidents: ofAccounts.map(([kind, accounts]) => ({ kind, accounts })),
            problems: troubled.map(({ account, domain, status, reasons }) => ({
              account,
              domain,
              verdict: status.verdict,
              open: status.open,
              harm: harmOf(status),
              failure: status.failure ?? null,
              noBackupPin: reasons.includes('no_backup_pin'),
              lastProbeAt: time(status.lastProbeAt),
              expiresAt: time(status.earliestNotAfter),
              mutedUntil: time(status.mutedUntil),
            })),
            more,
          },
        };
      },
    },
  };
}
