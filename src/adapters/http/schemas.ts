/** What requests look like. These schemas validate them, and the OpenAPI document is made of them. */
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { roles } from '../../core/access.ts';
import { parseAccountName } from '../../core/account-name.ts';
import { mostAlpn, parseAlpn } from '../../core/alpn.ts';
import { verdicts } from '../../core/check.ts';
import { mostContacts, parseMailAddress } from '../../core/contact.ts';
import { domainName, mostAddresses } from '../../core/domain.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { canonicalIp } from '../../core/ip.ts';
import { type LimitName, limitNames, limitRanges } from '../../core/limits.ts';
import { keyTypes } from '../../core/observation.ts';
import type { Parsed } from '../../core/parsed.ts';
import { mostPins, parsePin } from '../../core/pin.ts';
import { platforms } from '../../core/platforms.ts';
import { quote } from '../../core/quote.ts';
import { mostRootCharacters, mostRoots } from '../../core/root-bundle.ts';
import { type NotifyKey, notifyRows } from '../../core/settings.ts';
import { parseTarget } from '../../core/target.ts';
import { pinLevels } from '../../flow/admin/domains.ts';

/** Text that one of the core's parsers reads: its problem is the message, its value the result. */
function parsedBy<T>(parse: (text: string) => Parsed<T>, maxLength: number, example: string) {
  return z
    .string()
    .max(maxLength)
    .meta({ example })
    .transform((text, context): T => {
      const result = parse(text);
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.problem });
      return z.NEVER;
    });
}

export const accountName = parsedBy(parseAccountName, 63, 'acme');
export const contact = parsedBy((text) => parseMailAddress(text, domainToASCII), 320, 'devops@example.com');
export const pin = parsedBy(parsePin, 200, 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');

/** A duration, in milliseconds, with both ends of what makes sense. */
function duration([least, most]: readonly [number, number], example: string) {
  return parsedBy(
    (text): Parsed<number> => {
      const read = parseDuration(text);
      if (!read.ok || (read.value >= least && read.value <= most)) return read;
      const problem = `expected ${formatDuration(least)} to ${formatDuration(most)}, found ${quote(text)}`;
      return { ok: false, problem };
    },
    30,
    example,
  ).describe(`A duration from ${formatDuration(least)} to ${formatDuration(most)}.`);
}

export const target = parsedBy((text) => parseTarget(text, domainToASCII), 300, 'api.example.com');
const address = parsedBy(
  (text): Parsed<string> => {
    const value = canonicalIp(text);
    return value === null
      ? { ok: false, problem: `expected an IP address, found ${quote(text)}` }
      : { ok: true, value };
  },
  64,
  '192.0.2.10',
);

/** Text that people read, perhaps on a terminal: nothing in it may move the cursor or forge a line of a log. */
function printable(shortest: number, longest: number) {
  const expected =
    'expected letters, digits, punctuation and spaces, without line ends or control characters';
  return z
    .string()
    .min(shortest)
    .max(longest)
    .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u, expected);
}
const note = printable(0, 1_000);

export const accountParams = z.object({ account: z.string().max(63) });
/** Any spelling of a domain, as its name. What is none names nothing, and is not found. */
const nameOfDomain = z
  .string()
  .max(300)
  .meta({ example: 'api.example.com' })
  .describe('The host, with :port where it is not 443.')
  .transform((text) => {
    const read = parseTarget(text, domainToASCII);
    return read.ok ? domainName(read.value) : text;
  });
export const domainParams = accountParams.extend({ domain: nameOfDomain });
export const incidentParams = accountParams.extend({ incident: z.string().max(100) });
export const probeParams = accountParams.extend({ probe: z.string().max(50) });
export const tokenParams = z.object({ token: z.string().max(50) });
export const pinParams = domainParams.extend({ pin });

/** Judged by conditional.ts: what is no tag matches nothing, and is refused there. */
export const ifMatch = z.object({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The ETag that an answer about it had: 412 where it was changed since. Left out: whatever it is.',
    ),
});

const notify = z
  .strictObject(
    Object.fromEntries(
      notifyRows.map(({ key, unit, range, standard }) => {
        const value =
          unit === 'ms' ? duration(range, formatDuration(standard)) : z.int().min(range[0]).max(range[1]);
        return [key, value.optional()];
      }),
    ) as Record<NotifyKey, z.ZodOptional<ReturnType<typeof duration>>>,
  )
  .describe(
    "Where the account differs from the installation's settings, all of it; the same words as in the configuration.",
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
  .describe('Where the account differs from the limits that every account has, all of it.');

const contacts = z.array(contact).min(1).max(mostContacts);
const chosenPlatforms = z
  .array(z.enum(platforms))
  .max(platforms.length)
  .describe("Whose rules count; an empty list is no platform's.");
export const newAccount = z.strictObject({
  name: accountName,
  contacts,
  notify: notify.optional(),
  platforms: chosenPlatforms.optional(),
  limits: limits.optional(),
});
export const accountChange = z.strictObject({
  contacts: contacts.optional(),
  notify: notify.optional(),
  platforms: chosenPlatforms.nullable().optional(),
  limits: limits.optional(),
});

const settings = {
  connect: z.array(address).min(1).max(mostAddresses).describe('IP addresses that replace name resolution.'),
  keyTypes: z.array(z.enum(keyTypes)).min(1).max(keyTypes.length),
  alpn: z
    .array(parsedBy(parseAlpn, 255, 'h2'))
    .max(mostAlpn)
    .describe('The ALPN protocols that are offered; an empty list leaves ALPN out.'),
  platforms: chosenPlatforms,
  ca: z
    .string()
    .max(mostRootCharacters)
    .describe(
      `PEM of the roots that replace the default trust store, at most ${mostRoots}; only the certificates are stored.`,
    ),
};

export const newDomain = z.strictObject({
  host: target,
  pins: z.array(pin).max(mostPins).default([]).describe('Left out: what is presented now is pinned.'),
  pinLevel: z
    .enum(pinLevels)
    .default('leaf')
    .describe('Which certificate is pinned where no pins are given.'),
  note: note.default(''),
  connect: settings.connect.optional(),
  keyTypes: settings.keyTypes.optional(),
  alpn: settings.alpn.optional(),
  platforms: settings.platforms.optional(),
  ca: settings.ca.optional(),
});

export const domainAddition = z
  .strictObject({
    dryRun: z.stringbool().default(false).describe('Look at the domain, and store nothing.'),
    newAccount: z
      .stringbool()
      .default(false)
      .describe('With dryRun, for admins: the account may be yet to be created.'),
  })
  .refine(({ dryRun, newAccount }) => dryRun || !newAccount, {
    path: ['newAccount'],
    message: 'expected only together with dryRun=true',
  });

export const domainChange = z.strictObject({
  connect: settings.connect.nullable().optional(),
  keyTypes: settings.keyTypes.nullable().optional(),
  alpn: settings.alpn.nullable().optional(),
  platforms: settings.platforms.nullable().optional(),
  ca: settings.ca.nullable().optional(),
});

const force = z
  .boolean()
  .default(false)
  .describe('Make the change although the apps would fail; wants a note.');
export const newPin = z.strictObject({ pin, note: note.default('') });
export const allPins = z.strictObject({ pins: z.array(pin).max(mostPins), note: note.default(''), force });
export const pinRemoval = z.strictObject({
  note: note.default(''),
  force: z.stringbool().default(false).describe('Remove it although the apps would fail; wants a note.'),
});

export const mute = z.strictObject({ until: z.iso.datetime({ offset: true }) });
export const acknowledgement = z.strictObject({ note });

/** Text in a query, a number in the document. */
const limit = z.coerce.number<string>().int().min(1).max(1_000).default(100);
export const domainList = z.strictObject({
  verdict: z.enum(verdicts).optional(),
  after: z.string().max(300).optional().describe('The last name of the page before.'),
  limit,
});
export const listLimit = z.strictObject({ limit });

/** null is what the framework makes of no body. */
export const probeRequest = z
  .strictObject({
    domains: z.array(nameOfDomain).min(1).max(10_000).optional().describe('Left out: all.'),
  })
  .nullable()
  .default(null);
export const probeWait = z.strictObject({
  wait: duration([0, 86_400_000], '20s').default(0).describe('How long to wait for results, 60s at most.'),
});
export const probeIds = z.strictObject({
  ids: z.string().max(100_000).describe('Ids of probes, separated by commas.'),
});

/** Ten years: beyond that a token is one that lasts. */
const longestTokenMs = 3_650 * 86_400_000;
export const newToken = z.strictObject({
  name: printable(1, 100),
  role: z.enum(roles),
  account: accountName.nullable().default(null),
  expiresIn: duration([1_000, longestTokenMs], '90d')
    .nullable()
    .default(null)
    .describe('Left out: until it is revoked.'),
});
