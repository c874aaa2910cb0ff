/** What requests look like. These schemas validate them, and the OpenAPI document is made of them. */
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { roles } from '../../core/access.ts';
import { parseAccountName } from '../../core/account-name.ts';
import { parseMailAddress } from '../../core/contact.ts';
import { parseDuration } from '../../core/duration.ts';
import { canonicalIp } from '../../core/ip.ts';
import { keyTypes } from '../../core/observation.ts';
import type { Parsed } from '../../core/parsed.ts';
import { parsePin } from '../../core/pin.ts';
import { parseTarget } from '../../core/target.ts';
import { pinLevels } from '../../flow/admin/domains.ts';
import { mostPins } from '../../flow/admin/pins.ts';

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

const verdicts = ['match', 'mismatch', 'inconclusive', 'unpinned'] as const;

export const accountName = parsedBy(parseAccountName, 63, 'acme');
export const contact = parsedBy(parseMailAddress, 320, 'devops@example.com');
export const pin = parsedBy(parsePin, 200, 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
export const duration = parsedBy(parseDuration, 30, '20s');
export const target = parsedBy((text) => parseTarget(text, domainToASCII), 300, 'api.example.com');
const address = parsedBy(
  (text): Parsed<string> => {
    const value = canonicalIp(text);
    return value === null ? { ok: false, problem: 'expected an IP address' } : { ok: true, value };
  },
  64,
  '192.0.2.10',
);
const note = z.string().max(1_000);

export const accountParams = z.object({ account: z.string().max(63) });
/** The name as `domainName()` gives it: the host, with `:port` where it is not 443. */
export const domainParams = accountParams.extend({ domain: z.string().max(300) });
export const incidentParams = accountParams.extend({ incident: z.string().max(100) });
export const probeParams = accountParams.extend({ probe: z.string().max(50) });
export const tokenParams = z.object({ token: z.string().max(50) });
export const pinParams = domainParams.extend({ pin });

const notify = z
  .strictObject({
    groupWait: duration.optional(),
    groupInterval: duration.optional(),
    remindEvery: duration.optional(),
    unreachableAfter: z.int().min(1).max(1_000).optional(),
    expiringWithin: duration.optional(),
    backupPinEvery: duration.optional(),
  })
  .describe(
    "Where the account differs from the installation's settings; the same words as in the configuration.",
  );

const contacts = z.array(contact).min(1).max(100);
export const newAccount = z.strictObject({ name: accountName, contacts, notify: notify.optional() });
export const accountChange = z.strictObject({ contacts: contacts.optional(), notify: notify.optional() });

const settings = {
  connect: z.array(address).min(1).max(64).describe('IP addresses that replace name resolution.'),
  keyTypes: z.array(z.enum(keyTypes)).min(1).max(2),
  ca: z.string().max(200_000).describe('PEM of the roots that replace the default trust store.'),
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
  ca: settings.ca.optional(),
});

export const domainAddition = z.object({
  dryRun: z.stringbool().default(false).describe('Look at the domain, and store nothing.'),
});

export const domainChange = z.strictObject({
  connect: settings.connect.nullable().optional(),
  keyTypes: settings.keyTypes.nullable().optional(),
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

export const domainList = z.object({
  verdict: z.enum(verdicts).optional(),
  after: z.string().max(300).optional().describe('The last name of the page before.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export const listLimit = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });

export const probeRequest = z
  .strictObject({
    domains: z.array(z.string().max(300)).min(1).max(10_000).optional().describe('Left out: all.'),
  })
  .default({});
export const probeWait = z.object({
  wait: duration.optional().describe('How long to wait for results, 60s at most.'),
});
export const probeIds = z.object({
  ids: z.string().max(100_000).describe('Ids of probes, separated by commas.'),
});

export const newToken = z.strictObject({
  name: z.string().min(1).max(100),
  role: z.enum(roles),
  account: accountName.nullable().default(null),
  expiresIn: duration.nullable().default(null).describe('Left out: until it is revoked.'),
});
