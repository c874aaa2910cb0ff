import { z } from 'zod';
import { answer } from './named.ts';
import { hashText, list, pinText, time } from './values.ts';
import { failureCode, findingCode, keyType, position, severity, trustError, verdict } from './words.ts';

const text = z.string();

const endpoint = answer(
  'CheckedEndpoint',
  z.object({
    address: text.nullable(),
    region: z.exactOptional(text.describe('Where it was seen from; left out if there is only one region.')),
    keyType,
    verdict,
    protocol: text.nullable(),
    durationMs: z.number(),
    presented: list(
      z.object({
        pin: pinText,
        subject: text,
        issuer: text,
        notBefore: time,
        notAfter: time,
        certificateSha256: text,
        key: text,
      }),
    ),
    path: list(z.object({ pin: pinText, subject: text, from: z.enum(['presented', 'trust-store']) })),
    trusted: z.boolean(),
    trustError: trustError.nullable(),
    matched: z.object({ pin: pinText, position }).nullable(),
    failure: z.object({ code: failureCode, message: text }).nullable(),
    connections: z.exactOptional(z.object({ judged: z.int(), mismatched: z.int(), untrusted: z.int() })),
    pinSets: z.exactOptional(list(text)),
  }),
);

/** A pin set that applies to the domain. */
const checkedSet = answer(
  'CheckedPinSet',
  z.object({
    name: text,
    appVersion: text.nullable(),
    verdict,
    pins: list(z.object({ pin: hashText, seen: z.boolean() })),
    until: time.nullable(),
    held: z.exactOptional(
      z.literal(true).describe('An earlier version of the signed configuration: it decides no verdict.'),
    ),
  }),
);

/** One judged probe, as `pinwatch check --json` prints it. */
export const check = answer(
  'Check',
  z.object({
    host: text,
    port: z.int(),
    verdict,
    pins: list(z.object({ pin: pinText, seen: z.boolean() })),
    pinSets: z.exactOptional(list(checkedSet)),
    findings: list(
      z.object({ code: findingCode, severity, message: text, pinSets: z.exactOptional(list(text)) }),
    ),
    endpoints: list(endpoint),
  }),
);
