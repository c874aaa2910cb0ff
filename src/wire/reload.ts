/** The configuration file, read again. */
import { z } from 'zod';
import { answer } from './named.ts';
import type { RouteTable } from './route.ts';
import { list } from './values.ts';

export const reloadRoutes = {
  reloadConfiguration: {
    method: 'POST',
    path: '/reload',
    may: 'reload',
    tag: 'configuration',
    summary: 'Has the process that answers read its configuration file again',
    answers: {
      200: answer(
        'Reloaded',
        z.object({
          changed: list(z.string()).describe('Keys of the file whose new values are in force now.'),
          needsRestart: list(z.string()).describe('Keys whose new values take effect at the next start.'),
          warnings: list(z.string()),
        }),
      ),
    },
  },
} satisfies RouteTable;
