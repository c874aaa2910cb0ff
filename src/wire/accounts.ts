/** Accounts: who is told, and how. */
import { z } from 'zod';
import { parseAccountName } from '../core/account-name.ts';
import { parseMailAddress } from '../core/contact.ts';
import { type LimitName, limitNames, limitRanges } from '../core/limits.ts';
import { notifyLimits } from '../core/settings.ts';
import { chosenPlatforms } from './domain-settings.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { duration, parsedBy } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { toAscii } from './to-ascii.ts';
import { list } from './values.ts';
import { platform } from './words.ts';

export const accountName = parsedBy(parseAccountName, 63, 'acme');
const contact = parsedBy((text) => parseMailAddress(text, toAscii), 320, 'devops@example.com');
const contacts = z.array(contact).min(1).max(100);

export const accountParams = z.object({ account: z.string().max(63) });

const notify = z
  .strictObject({
    groupWait: duration(notifyLimits.groupWaitMs, '30s').optional(),
    groupInterval: duration(notifyLimits.groupIntervalMs, '5m').optional(),
    remindEvery: duration(notifyLimits.remindEveryMs, '24h').optional(),
    unreachableAfter: z
      .int()
      .min(notifyLimits.unreachableAfter[0])
      .max(notifyLimits.unreachableAfter[1])
      .optional(),
    expiringWithin: duration(notifyLimits.expiringWithinMs, '14d').optional(),
    backupPinEvery: duration(notifyLimits.backupPinEveryMs, '7d').optional(),
  })
  .describe(
    "All settings in which the account differs from the installation's; the same words as in the configuration.",
  );

const limits = z
  .strictObject(
    Object.fromEntries(
      limitNames.map((name) => [
        name,
        z.int().min(limitRanges[name][0]).max(limitRanges[name][1]).optional(),
      ]),
    ) as Record<LimitName, z.ZodOptional<z.ZodInt>>,
  )
  .describe('All limits in which the account differs from those that every account has.');

const newAccount = request(
  'NewAccount',
  z.strictObject({
    name: accountName,
    contacts,
    notify: notify.optional(),
    platforms: chosenPlatforms.optional(),
    limits: limits.optional(),
  }),
);

const accountChange = request(
  'AccountChange',
  z.strictObject({
    contacts: contacts.optional(),
    notify: notify.optional(),
    platforms: chosenPlatforms.nullable().optional(),
    limits: limits.optional(),
  }),
);

const account = answer(
  'Account',
  z.object({
    name: z.string(),
    contacts: list(z.string()),
    notify: z.record(z.string(), z.union([z.string(), z.number()])),
    platforms: list(platform).nullable(),
    limits: z
      .partialRecord(z.enum(limitNames), z.int())
      .optional()
      .describe('The limits in which the account differs from those that every account has.'),
    provisionedBy: z.string().nullable(),
  }),
);

export const accountRoutes = {
  listAccounts: {
    method: 'GET',
    path: '/accounts',
    may: 'read_account',
    tag: 'accounts',
    summary: 'The accounts that you may see',
    answers: { 200: answer('AccountNames', z.object({ accounts: list(z.string()) })) },
  },
  createAccount: {
    method: 'POST',
    path: '/accounts',
    may: 'manage_accounts',
    tag: 'accounts',
    summary: 'Create an account',
    body: newAccount,
    answers: { 201: account },
  },
  showAccount: {
    method: 'GET',
    path: '/accounts/:account',
    may: 'read_account',
    tag: 'accounts',
    summary: 'One account',
    params: accountParams,
    answers: { 200: account },
  },
  changeAccount: {
    method: 'PATCH',
    path: '/accounts/:account',
    may: 'manage_accounts',
    tag: 'accounts',
    summary: 'Change whom an account tells, and how',
    params: accountParams,
    body: accountChange,
    ifMatch: true,
    answers: { 200: account },
  },
  deleteAccount: {
    method: 'DELETE',
    path: '/accounts/:account',
    may: 'manage_accounts',
    tag: 'accounts',
    summary: 'Delete an account with all its domains',
    params: accountParams,
    ifMatch: true,
    answers: { 204: nothing },
  },
} satisfies RouteTable;
