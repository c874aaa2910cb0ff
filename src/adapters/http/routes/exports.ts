import { type ExportPorts, exportPins } from '../../../flow/admin/exports.ts';
import type { exportRoutes } from '../../../wire/exports.ts';
import type { Handlers } from '../handler.ts';

export function exportHandlers(ports: ExportPorts): Handlers<typeof exportRoutes> {
  return {
    exportPins: {
      answer: async ({ params: { account, format }, query }) => {
        const outcome = await exportPins(account, { format, ...query }, ports);
        return outcome.ok ? { body: { format, ...outcome.value } } : outcome;
      },
    },
  };
}
