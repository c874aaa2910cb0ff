/** What is wrong, over all accounts that the caller may see, and how the watch itself is. */
import { z } from 'zod';
import { answer } from './named.ts';
import type { RouteTable } from './route.ts';
import { list, noTime } from './values.ts';
import { failureCode, incidentKind, verdict } from './words.ts';

const problemDomain = z.object({
  account: z.string(),
  domain: z.string(),
  verdict: verdict.nullable(),
  open: list(incidentKind),
  harm: z
    .enum(['fail', 'unknown', 'none'])
    .describe('What it means for apps now. fail: some or all are refused. unknown: nothing could be judged.'),
  failure: failureCode
    .nullable()
    .default(null)
    .describe('Why endpoints could not be judged at the last probe: the most common reason.'),
  noBackupPin: z.boolean().default(false).describe('Every pin is in use.'),
  lastProbeAt: noTime,
  expiresAt: noTime.describe('The earliest end of a certificate on the paths last judged.'),
  mutedUntil: noTime,
});

export const statusRoutes = {
  showStatus: {
    method: 'GET',
    path: '/status',
    may: 'read_account',
    tag: 'domains',
    summary: 'Everything that is wrong, in all accounts that you may see, and how the watch itself is',
    answers: {
      200: answer(
        'Status',
        z.object({
          watch: z.object({
            lastSweepAt: noTime,
            nextSweepAt: noTime,
            late: z.boolean().describe('The next sweep is overdue by a whole interval: nothing is watched.'),
            noticesPending: z.int().nullable().describe('null if you see only one account.'),
            workers: z
              .int()
              .nullable()
              .describe(
                'Processes that take probes. null if you see only one account, or if Redis does not say.',
              ),
            regions: z.exactOptional(
              list(z.object({ region: z.string(), workers: z.int() })).describe(
                'Left out if there is only one, or if you see only one account. No workers: nobody looks from there.',
              ),
            ),
          }),
          domains: z.int(),
          incidents: list(z.object({ kind: z.string(), accounts: z.int() })).describe(
            'Open incidents that are of no domain: `blind`, and those of signed configurations.',
          ),
          problems: list(problemDomain).describe('The worst first.'),
          more: z.int().describe('Problems that are left out.'),
        }),
      ),
    },
  },
} satisfies RouteTable;
