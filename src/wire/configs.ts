/** Signed configurations: what apps pin, delivered as one signed text. */
import { z } from 'zod';
import { configIncidentKinds } from '../core/config-incident.ts';
import { deliveryModes } from '../core/delivery.ts';
import { guardCodes } from '../core/publish-guard.ts';
import { urlProblems } from '../core/url-problem.ts';
import { accountParams } from './accounts.ts';
import { answer, request } from './named.ts';
import { note, pin } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, pinText, time } from './values.ts';

const version = z.int().min(1);

const published = answer(
  'PublishedConfig',
  z.object({
    version,
    digest: z.string().describe('SHA-256 of its payload without dates, hex.'),
    note: z.string(),
    by: z.string(),
    at: time,
    overridden: list(z.string()).describe('What the guard found, and was overridden: codes and hosts.'),
    restored: version.nullable().describe('The version whose content it brought back.'),
  }),
);

const served = answer(
  'ServedConfig',
  z.object({ generation: version, version, issuedAt: time, expiresAt: time }),
);

const keys = answer(
  'ConfigKeys',
  z.object({
    channel: z.string(),
    generation: version,
    roots: list(z.string()).describe('As the apps have them: base64 of 65-byte points.'),
    statement: z.string().describe('The key statement in force, which the next one follows.'),
  }),
);

const watch = answer(
  'ConfigWatch',
  z.object({
    lookedAt: time,
    urls: list(z.object({ url: z.string(), problem: z.enum(urlProblems).nullable(), detail: z.string() })),
    open: list(z.enum(configIncidentKinds)).describe('Open incidents of the configuration.'),
  }),
);

const config = answer(
  'Config',
  z.object({
    keys: keys.nullable().describe('null: none were installed yet.'),
    published: published.nullable(),
    served: served.nullable().describe('What this server gives to apps.'),
    field: list(published).describe('Earlier versions that apps may still hold.'),
    urls: list(z.string()).describe('Where apps fetch it.'),
    watch: watch.nullable().describe('What the last look at these URLs has found; null: there was none.'),
    differs: z.boolean().describe('Whether the draft differs from what is published.'),
    revoked: list(pinText).describe('Pins that are never delivered again.'),
  }),
);

const entry = answer(
  'ConfigEntry',
  z.object({ mode: z.enum(deliveryModes), pins: list(pinText), sub: z.boolean() }),
);

const change = answer(
  'ConfigChange',
  z.object({
    host: z.string(),
    before: entry.nullable(),
    after: entry.nullable(),
    added: list(pinText),
    removed: list(pinText),
  }),
);

const draft = answer(
  'ConfigDraft',
  z.object({
    entries: z.record(z.string(), entry),
    changes: list(change).describe('Against what is published.'),
    problems: list(z.string()).describe('Why it cannot be published.'),
    warnings: list(z.string()),
  }),
);

const finding = answer(
  'ConfigFinding',
  z.object({
    code: z.enum(guardCodes),
    host: z.string(),
    domain: z.string().nullable(),
    message: z.string(),
    override: z
      .enum(['force', 'allow_unpin', 'nothing'])
      .describe('What publishes in spite of it: force with a note, the host in allowUnpin, or nothing.'),
  }),
);

const candidate = answer(
  'ConfigCandidate',
  z.object({
    candidate: z.string(),
    version,
    digest: z.string(),
    payload: z.string().describe('What is signed, without its dates, as JSON.'),
    changes: list(change),
    findings: list(finding),
    warnings: list(z.string()),
    checkedAt: time,
    expiresAt: time.describe('After that, check again.'),
  }),
);

const versionDetail = answer('ConfigVersion', published.extend({ payload: z.string() }));

export const configRoutes = {
  showConfig: {
    method: 'GET',
    path: '/accounts/:account/config',
    may: 'read_account',
    tag: 'config',
    summary: 'What apps get: published, served, in the field',
    params: accountParams,
    answers: { 200: config },
  },
  showDraft: {
    method: 'GET',
    path: '/accounts/:account/config/draft',
    may: 'read_account',
    tag: 'config',
    summary: 'What apps would get: the registry, compared with what is published',
    params: accountParams,
    answers: { 200: draft },
  },
  checkConfig: {
    method: 'POST',
    path: '/accounts/:account/config/checks',
    may: 'edit_account',
    tag: 'config',
    summary: 'Probe every endpoint, and freeze what could be published',
    params: accountParams,
    // fastify passes a missing body as null.
    body: request(
      'ConfigCheckRequest',
      z
        .strictObject({
          restore: version.optional().describe('Go back to the content of this version.'),
          without: z
            .array(pin)
            .max(100)
            .default([])
            .describe('Pins to leave out, and never to deliver again once this is published.'),
        })
        .nullable()
        .default(null),
    ),
    answers: { 200: candidate },
  },
  publishConfig: {
    method: 'POST',
    path: '/accounts/:account/config/versions',
    may: 'publish_config',
    tag: 'config',
    summary: 'Publish what was checked',
    params: accountParams,
    body: request(
      'ConfigPublication',
      z.strictObject({
        candidate: z.string().max(50).describe('What a check has frozen, within 15 minutes.'),
        note: note.default(''),
        force: z.boolean().default(false).describe('In spite of what the check found; needs a note.'),
        allowUnpin: z
          .array(z.string().max(253))
          .max(1_000)
          .default([])
          .describe('Hosts whose keys apps may check less, or no longer.'),
        bundle: z
          .string()
          .max(262_144)
          .nullable()
          .default(null)
          .describe('The payload, signed elsewhere; left out: pinwatch signs it.'),
      }),
    ),
    answers: { 201: published },
  },
  listVersions: {
    method: 'GET',
    path: '/accounts/:account/config/versions',
    may: 'read_account',
    tag: 'config',
    summary: 'What was published, newest first',
    params: accountParams,
    answers: { 200: answer('ConfigVersions', z.object({ versions: list(published) })) },
  },
  showVersion: {
    method: 'GET',
    path: '/accounts/:account/config/versions/:version',
    may: 'read_account',
    tag: 'config',
    summary: 'One publication with its content',
    params: accountParams.extend({ version: z.coerce.number<string>().int().min(1) }),
    answers: { 200: versionDetail },
  },
  installKeys: {
    method: 'PUT',
    path: '/accounts/:account/config/keys',
    may: 'publish_config',
    tag: 'config',
    summary: 'Put a key statement into force: who may sign from now on',
    params: accountParams,
    body: request(
      'ConfigKeysRequest',
      z.strictObject({
        statement: z.string().max(16_384).describe('The line of a key statement.'),
        roots: z
          .array(z.string().max(100))
          .min(1)
          .max(3)
          .nullable()
          .default(null)
          .describe('With the first statement: the root keys that apps have built in.'),
      }),
    ),
    answers: { 200: keys },
  },
} satisfies RouteTable;
