/** What the versions of an account's apps ship with: imported as text, and watched beside the registry's pins. */
import { z } from 'zod';
import { parsePinSetName } from '../core/imported-set.ts';
import { parseOkHttpVersion } from '../core/okhttp-version.ts';
import { pinFormats } from '../core/pin-format.ts';
import { mostImportedBytes } from '../core/pin-set.ts';
import { parseTarget } from '../core/target.ts';
import { accountParams } from './accounts.ts';
import { answer, request, shared } from './named.ts';
import { nothing } from './nothing.ts';
import { note, parsedBy, printable } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { toAscii } from './to-ascii.ts';
import { list, noTime, time } from './values.ts';

const text = z.string();
export const format = shared('PinFormat', z.enum(pinFormats));
const name = parsedBy(parsePinSetName, 40, 'android-5.2');
export const okhttp = parsedBy(parseOkHttpVersion, 60, '4.12.0');
const host = parsedBy((given) => hostOf(given), 300, 'api.example.com');

function hostOf(given: string) {
  const target = parseTarget(given, toAscii);
  return target.ok ? { ok: true as const, value: target.value.host } : target;
}

const newPinSet = request(
  'PinSetImport',
  z.strictObject({
    text: z.string().max(mostImportedBytes).describe('The file or source text, as the app ships it.'),
    format: format.optional().describe('Left out: told by the content.'),
    appVersion: printable(1, 100).optional().describe('The app and its version, for people.'),
    note: note.default(''),
    host: host.optional().describe('For a notation that names no host.'),
    okhttp: okhttp.optional().describe('The version of OkHttp in the app, such as 4.12.'),
    receivedAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When a header with a relative time was received.'),
  }),
);

const summary = z.object({
  name: text,
  import: text.describe('The name that its text was imported under.'),
  source: z.enum(['own', 'imported', 'published']),
  format,
  appVersion: text.nullable(),
  note: text,
  by: text,
  at: time,
  provisionedBy: text.nullable(),
  rules: z.int(),
  enforcing: z.boolean().describe('false: the app only reports a mismatch.'),
  until: noTime.describe('When the last rule stops pinning; null: some never do.'),
});

const pinSetSummary = answer('PinSetSummary', summary);

const pinSetDetail = answer(
  'PinSet',
  summary.extend({
    resolution: z.enum(['most-specific', 'union']),
    trust: z.enum(['platform', 'none']),
    hosts: list(text).describe('The first 1,000 patterns: `*.` is one label, `**.` the name and all below.'),
    domains: list(text).describe('The first 1,000 registered domains that it applies to.'),
    domainCount: z.int(),
    unregistered: list(text).describe('The first 1,000 patterns that cover no registered domain.'),
  }),
);

const imported = answer(
  'ImportedPinSets',
  z.object({
    pinSets: list(pinSetDetail).describe('One, or several if the text has several mechanisms.'),
    warnings: list(z.object({ line: z.int(), column: z.int(), message: text })).describe(
      'What takes effect otherwise than its author may think.',
    ),
    text: text.nullable().describe('As it was imported; null in the answer to an import.'),
    options: z
      .object({ host: text.nullable(), okhttp: text.nullable(), receivedAt: noTime })
      .describe('What the text does not say.'),
  }),
);

const params = accountParams.extend({ name: z.string().max(60) });

export const pinSetRoutes = {
  listPinSets: {
    method: 'GET',
    path: '/accounts/:account/pin-sets',
    may: 'read_account',
    tag: 'pin sets',
    summary: "What the account's apps ship with, by name",
    params: accountParams,
    answers: { 200: answer('PinSets', z.object({ pinSets: list(pinSetSummary) })) },
  },
  showPinSet: {
    method: 'GET',
    path: '/accounts/:account/pin-sets/:name',
    may: 'read_account',
    tag: 'pin sets',
    summary: 'One import: its sets, its text, and the domains that it applies to',
    params,
    answers: { 200: imported },
  },
  importPinSet: {
    method: 'PUT',
    path: '/accounts/:account/pin-sets/:name',
    may: 'edit_account',
    tag: 'pin sets',
    summary: 'Import what an app version ships with, in place of what had this name',
    params: accountParams.extend({ name }),
    query: z.strictObject({
      dryRun: z.stringbool().default(false).describe('Read the text, and store nothing.'),
    }),
    body: newPinSet,
    ifMatch: true,
    answers: { 200: imported },
  },
  removePinSet: {
    method: 'DELETE',
    path: '/accounts/:account/pin-sets/:name',
    may: 'edit_account',
    tag: 'pin sets',
    summary: 'Remove a pin set that no installed app has any more',
    params,
    ifMatch: true,
    answers: { 204: nothing },
  },
} satisfies RouteTable;
