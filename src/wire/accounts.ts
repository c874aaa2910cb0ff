/** Accounts: who is notified, and how. */
import { z } from 'zod';
import { parseAccountName } from '../core/account-name.ts';
import { mostContacts, parseMailAddress } from '../core/contact.ts';
import { formatDuration } from '../core/duration.ts';
import { type LimitName, limitNames, limitRanges } from '../core/limits.ts';
import { notifyRows, type notifyTable } from '../core/settings.ts';
import { chosenPlatforms } from './domain-settings.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { givenChannels, shownChannels, testedChannels } from './notify-channels.ts';
import { duration, parsedBy } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { toAscii } from './to-ascii.ts';
import { list } from './values.ts';
import { platform } from './words.ts';

export const accountName = parsedBy(parseAccountName, 63, 'acme');
const contact = parsedBy((text) => parseMailAddress(text, toAscii), 320, 'devops@example.com');
const contacts = z.array(contact).min(1).max(mostContacts);

export const accountParams = z.object({ account: z.string().max(63) });

type NotifyTable = typeof notifyTable;
/** Durations are strings, counts of sweeps are numbers. */
type NotifyShape = {
  [name in keyof NotifyTable as NotifyTable[name]['key']]: z.ZodOptional<
    NotifyTable[name]['unit'] extends 'ms' ? ReturnType<typeof duration> : z.ZodInt
  >;
};

const notify = z
  .strictObject(
    Object.fromEntries(
      notifyRows.map(({ key, unit, range, standard }) => {
        const value =
          unit === 'ms' ? duration(range, formatDuration(standard)) : z.int().min(range[0]).max(range[1]);
        return [key, value.optional()];
      }),
    ) as NotifyShape,
  )
  .describe(
    "All settings that differ from the installation's, under the same names as in the configuration.",
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
  .describe('All limits that differ from the defaults.');

const publicStatus = z
  .boolean()
  .describe(
    'Whether anyone may read at /public/{account}/status.json if its apps can connect, without its domains.',
  );

const newAccount = request(
  'NewAccount',
  z.strictObject({
    name: accountName,
    contacts,
    channels: givenChannels.optional(),
    notify: notify.optional(),
    platforms: chosenPlatforms.optional(),
    limits: limits.optional(),
    publicStatus: publicStatus.optional(),
  }),
);

const accountChange = request(
  'AccountChange',
  z.strictObject({
    contacts: contacts.optional(),
    channels: givenChannels.optional(),
    notify: notify.optional(),
    platforms: chosenPlatforms.nullable().optional(),
    limits: limits.optional(),
    publicStatus: publicStatus.optional(),
  }),
);

const account = answer(
  'Account',
  z.object({
    name: z.string(),
    contacts: list(z.string()),
    channels: shownChannels.optional().describe('Left out if it has none.'),
    notify: z.record(z.string(), z.union([z.string(), z.number()])),
    platforms: list(platform).nullable(),
    limits: z
      .partialRecord(z.enum(limitNames), z.int())
      .optional()
      .describe('The limits that differ from the defaults.'),
    publicStatus: z.literal(true).optional().describe('Left out if its status is not public.'),
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
    summary: 'Change who is notified for an account, and how',
    params: accountParams,
    body: accountChange,
    ifMatch: true,
    answers: { 200: account },
  },
  testChannels: {
    method: 'POST',
    path: '/accounts/:account/channels/test',
    may: 'manage_accounts',
    tag: 'accounts',
    summary: 'Send an example by mail and through the channels of an account',
    params: accountParams,
    body: request(
      'ChannelTest',
      z
        .strictObject({
          channel: z.string().max(32).optional().describe('mail, or the name of a channel. Left out: all.'),
        })
        .nullable()
        .default(null),
    ),
    answers: { 200: answer('TestedChannels', z.object({ channels: testedChannels })) },
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
