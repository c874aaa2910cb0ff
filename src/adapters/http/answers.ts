/** What the API answers with, for its document. views.ts makes it; the compiler holds the two together. */
import { z } from 'zod';
import { roles } from '../../core/access.ts';
import { auditActions } from '../../core/audit.ts';
import { verdicts } from '../../core/check.ts';
import { incidentKinds } from '../../core/condition.ts';
import { findingCodes } from '../../core/finding.ts';
import { limitNames } from '../../core/limits.ts';
import { failureCodes, keyTypes } from '../../core/observation.ts';
import { platforms } from '../../core/platforms.ts';
import { positions } from '../../core/position.ts';

const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
const text = z.string();
const verdict = z.enum(verdicts);
const severity = z.enum(['critical', 'warning', 'info']);
const kind = z.enum(incidentKinds);
const pin = z.templateLiteral(['sha256/', z.string()]);
const time = z.string().describe('RFC 3339, UTC');
const noTime = time.nullable();

const endpoint = z.object({
  address: text.nullable(),
  keyType: z.enum(keyTypes),
  verdict,
  protocol: text.nullable(),
  durationMs: z.number(),
  presented: list(
    z.object({
      pin,
      subject: text,
      issuer: text,
      notBefore: time,
      notAfter: time,
      certificateSha256: text,
      key: text,
    }),
  ),
  path: list(z.object({ pin, subject: text, from: z.enum(['presented', 'trust-store']) })),
  trusted: z.boolean(),
  trustError: text.nullable(),
  matched: z.object({ pin, position: z.enum(positions) }).nullable(),
  failure: z.object({ code: z.enum(failureCodes), message: text }).nullable(),
  connections: z.object({ judged: z.int(), mismatched: z.int(), untrusted: z.int() }).optional(),
});

const check = z.object({
  host: text,
  port: z.int(),
  verdict,
  pins: list(z.object({ pin, seen: z.boolean() })),
  findings: list(z.object({ code: z.enum(findingCodes), severity, message: text })),
  endpoints: list(endpoint),
});

export const accountAnswer = z.object({
  name: text,
  contacts: list(text),
  notify: z.record(text, z.union([text, z.number()])),
  platforms: list(z.enum(platforms)).nullable(),
  limits: z
    .partialRecord(z.enum(limitNames), z.int())
    .optional()
    .describe('Where the account differs from the limits that every account has.'),
  provisionedBy: text.nullable(),
});
export const accountsAnswer = z.object({ accounts: list(text) });

export const incidentAnswer = z.object({
  incident: text,
  domain: text,
  kind,
  severity,
  since: time,
  lastToldAt: noTime,
  acknowledged: z.object({ by: text, at: time, note: text }).nullable(),
});
export const incidentsAnswer = z.object({ incidents: list(incidentAnswer) });
export const oneIncidentAnswer = incidentAnswer.extend({ check: check.nullable() });

const shownPin = z.object({
  pin,
  seen: z
    .boolean()
    .nullable()
    .describe('Whether it was on a path when last probed; null where nothing was judged then.'),
  note: text.nullable(),
  by: text.nullable(),
  at: noTime,
});
export const pinsAnswer = z.object({ pins: list(shownPin) });
export const changedPinsAnswer = pinsAnswer.extend({
  warning: text
    .nullable()
    .describe('While a pin mismatch is open: what the change does not mend, and which apps still fail.'),
});

const transition = z.object({
  incident: text,
  kind,
  transition: z.enum(['opened', 'changed', 'reminder', 'closed']),
  severity,
  domain: text,
  since: time,
  at: time,
  codes: list(text),
  connections: z.object({ bad: z.int(), of: z.int() }).optional(),
});

export const domainAnswer = z.object({
  name: text,
  host: text,
  port: z.int(),
  pins: list(shownPin),
  connect: list(text).nullable(),
  keyTypes: list(z.enum(keyTypes)).nullable(),
  alpn: list(text).nullable(),
  platforms: list(z.enum(platforms)).nullable(),
  ca: text.nullable(),
  provisionedBy: text.nullable(),
  mutedUntil: noTime,
  verdict: verdict.nullable(),
  lastProbeAt: noTime,
  lastConclusiveProbeAt: noTime,
  incidents: list(incidentAnswer),
  history: list(transition),
  check: check.nullable(),
});
export const addedDomainAnswer = domainAnswer.extend({
  pinned: list(pin).describe('Taken from what is presented, where no pins were given.'),
});
export const domainsAnswer = z.object({
  domains: list(
    z.object({
      name: text,
      verdict: verdict.nullable(),
      pins: z.int(),
      open: list(kind),
      lastProbeAt: noTime,
      mutedUntil: noTime,
      provisionedBy: text.nullable(),
      unreadable: z.boolean().describe('What is stored of it makes no sense: remove it, and add it again.'),
    }),
  ),
  next: text
    .nullable()
    .describe('What the next page comes after, be this one short or empty; null: this is the last one.'),
});

export const probeAnswer = z.object({
  id: text,
  domain: text,
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  verdict: verdict.nullable(),
  check: check.nullable(),
});
export const probesAnswer = z.object({ probes: list(probeAnswer) });
/** A stream, which no schema can hold to anything. */
export const eventsAnswer = {
  description:
    'An event "probe" as each one ends, its data as of one probe with "progress"; then an event "end".',
  content: { 'text/event-stream': { schema: z.unknown() } },
};

export const tokenAnswer = z.object({
  id: text,
  name: text,
  role: z.enum(roles),
  account: text.nullable(),
  createdAt: time,
  createdBy: text,
  expiresAt: noTime,
  lastUsedAt: noTime,
});
export const tokensAnswer = z.object({ tokens: list(tokenAnswer) });
export const newTokenAnswer = tokenAnswer.extend({
  token: text.describe('The token itself, shown this once.'),
});

export const auditAnswer = z.object({
  audit: list(
    z.object({
      at: time,
      by: text,
      from: text.nullable(),
      action: z.enum(auditActions),
      target: text,
      detail: text,
    }),
  ),
});
export const meAnswer = z.object({ name: text, role: z.enum(roles), account: text.nullable() });
export const nothing = z.null().describe('Done.');

/** ProblemDetails details (RFC 9457), as problem.ts makes them. */
export const problemAnswer = z.object({
  type: z.literal('about:blank'),
  title: text,
  status: z.int(),
  code: text.describe("The machine's word for the title."),
  detail: text,
  errors: list(z.object({ path: text, message: text }))
    .optional()
    .describe('For bad input: where it is, and what was expected.'),
  limit: z
    .object({ name: text, value: z.int() })
    .optional()
    .describe('Which limit was reached, and what it is.'),
});
