/** Signed configurations: what apps pin, delivered as one signed text. */
import { z } from 'zod';
import { configIncidentKinds } from '../core/config-incident.ts';
import { deliveryModes } from '../core/delivery.ts';
import { guardCodes } from '../core/publish-guard.ts';
import { deviceId, longestUnpinMs, shortestUnpinMs } from '../core/unpinned-device.ts';
import { urlProblems } from '../core/url-problem.ts';
import { accountParams } from './accounts.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { duration, note, pin, printable } from './parsed-text.ts';
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

const dayOfCounts = z.iso.date();

const adoption = answer(
  'ConfigAdoption',
  z.object({
    published: version.nullable(),
    days: list(
      z.object({
        day: dayOfCounts.describe('UTC.'),
        installs: z.int(),
        versions: list(
          z.object({ version, installs: z.int().describe('Active installs that held it.') }),
        ).describe('From the newest.'),
      }),
    ).describe('Newest first. Anybody can forge these counts: they are advice, and decide nothing.'),
  }),
);

const rotationAnswer = answer(
  'RotationAnswer',
  z.object({
    host: z.string(),
    pin: pinText,
    answer: z
      .enum(['safe', 'not_yet', 'never'])
      .describe('May servers present this key? never: some app versions ship without it.'),
    reasons: list(
      z.object({
        code: z.enum(['not_published', 'not_stored', 'not_adopted', 'not_counted', 'ships_without']),
        message: z.string(),
        lacking: z.int().optional().describe('Active installs that hold a version without the pin.'),
        of: z.int().optional(),
        app: z.string().optional(),
      }),
    ),
  }),
);

const device = answer(
  'UnpinnedDevice',
  z.object({
    device: z.string().describe("`deviceHash` of the app's library, base64url."),
    until: time,
    domains: list(z.string()).nullable().describe('null: for all hosts.'),
    by: z.string(),
    at: time,
    note: z.string(),
  }),
);

export const configRoutes = {
  listDevices: {
    method: 'GET',
    path: '/accounts/:account/config/devices',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'The devices that are not pinned now',
    params: accountParams,
    answers: { 200: answer('UnpinnedDevices', z.object({ devices: list(device) })) },
  },
  unpinDevice: {
    method: 'POST',
    path: '/accounts/:account/config/devices',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'Let a device go without pins for a time, as for a penetration test',
    params: accountParams,
    body: request(
      'DeviceRequest',
      z.strictObject({
        id: z
          .string()
          .regex(deviceId, 'expected the id as the app shows it: 8 to 128 characters without spaces')
          .describe('As the app shows it. It is hashed, and neither stored nor logged.'),
        for: duration([shortestUnpinMs, longestUnpinMs], '8h'),
        note: printable(1, 1_000).describe('Why, and by whom it was asked for.'),
        domains: z
          .array(z.string().max(253))
          .min(1)
          .max(100)
          .nullable()
          .default(null)
          .describe('Only for these entries of the configuration.'),
      }),
    ),
    answers: { 201: device },
  },
  repinDevice: {
    method: 'DELETE',
    path: '/accounts/:account/config/devices/:device',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'Pin a device again before its time',
    params: accountParams.extend({
      device: z.string().regex(/^[\w-]{4,43}$/, 'expected the hash of a device, or its beginning'),
    }),
    answers: { 204: nothing },
  },
  showAdoption: {
    method: 'GET',
    path: '/accounts/:account/config/adoption',
    may: 'read_account',
    tag: 'config',
    summary: 'Which versions installed apps hold, by day',
    params: accountParams,
    answers: { 200: adoption },
  },
  replaceAdoption: {
    method: 'PUT',
    path: '/accounts/:account/config/adoption/:day',
    may: 'publish_config',
    tag: 'config',
    summary: "Replace a day's counts by those of a CDN's log",
    params: accountParams.extend({ day: dayOfCounts }),
    body: request(
      'ConfigAdoptionDay',
      z.strictObject({
        versions: z.array(z.strictObject({ version, installs: z.int().min(1) })).max(1_000),
      }),
    ),
    answers: { 204: nothing },
  },
  showRotationAnswer: {
    method: 'GET',
    path: '/accounts/:account/config/rotation',
    may: 'read_account',
    tag: 'config',
    summary: 'May servers of this host present a certificate with this key?',
    params: accountParams,
    query: z.strictObject({ host: z.string().max(253), pin }),
    answers: { 200: rotationAnswer },
  },
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
