/** Which versions of the signed configuration apps hold, and what follows for a key. */
import { z } from 'zod';
import { accountParams } from './accounts.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { pin } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, pinText } from './values.ts';

const version = z.int().min(1);
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

export const adoptionRoutes = {
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
} satisfies RouteTable;
