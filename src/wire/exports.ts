/** An account's pins in the formats in which apps ship pins. */
import { z } from 'zod';
import { sourceLanguages } from '../core/source-language.ts';
import { accountParams } from './accounts.ts';
import { nameOfDomain } from './domain-name.ts';
import { answer } from './named.ts';
import { pin } from './parsed-text.ts';
import { format, okhttp } from './pin-sets.ts';
import type { RouteTable } from './route.ts';
import { list } from './values.ts';

export const exportRoutes = {
  exportPins: {
    method: 'GET',
    path: '/accounts/:account/exports/:format',
    may: 'read_account',
    tag: 'pins',
    summary: 'The pins as an app ships them; refused if the format would give them another meaning',
    params: accountParams.extend({ format }),
    query: z.strictObject({
      pinSet: z
        .string()
        .max(60)
        .optional()
        .describe("What an app version ships with, instead of the registry's pins."),
      domain: nameOfDomain.optional().describe('Only the host of this domain, on all its ports.'),
      forRotation: pin
        .optional()
        .describe('The pin of the next key: it is added, and what to drop later is told.'),
      expiration: z.iso
        .date()
        .optional()
        .describe('Pinning ends on this day, silently. Left out: never, unless the format demands an end.'),
      oneLabel: z
        .stringbool()
        .default(false)
        .describe('For `nspinneddomains`: accept that deeper names below a name are not pinned.'),
      okhttp: okhttp
        .optional()
        .describe('The version of OkHttp in the app; 4.3 and later can pin all names below one.'),
      language: z.enum(sourceLanguages).default('kotlin').describe('Of source code, for `okhttp`.'),
    }),
    answers: {
      200: answer(
        'PinExport',
        z.object({
          format,
          text: z.string(),
          notes: list(z.string()).describe("What the app's developer must know."),
        }),
      ),
    },
  },
} satisfies RouteTable;
