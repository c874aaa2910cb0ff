/** The domains of an account: the hosts that its apps connect to. */
import { z } from 'zod';
import { verdicts } from '../core/check.ts';
import { positions } from '../core/position.ts';
import { accountParams } from './accounts.ts';
import { limit } from './audit.ts';
import { check } from './check.ts';
import { domainParams, target } from './domain-name.ts';
import { newSettings, settings, settingsChange } from './domain-settings.ts';
import { incident } from './incidents.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { note } from './parsed-text.ts';
import { notedPin, pinSet } from './pins.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, pinText, time } from './values.ts';
import { incidentKind, severity, verdict } from './words.ts';

const newDomain = request(
  'NewDomain',
  z.strictObject({
    host: target,
    pins: pinSet.default([]).describe('Left out: what is presented now is pinned.'),
    pinLevel: z.enum(positions).default('leaf').describe('Which certificate is pinned if no pins are given.'),
    note: note.default(''),
    ...newSettings.shape,
  }),
);

const addition = z
  .strictObject({
    dryRun: z.stringbool().default(false).describe('Probe the domain, and store nothing.'),
    newAccount: z
      .stringbool()
      .default(false)
      .describe('With dryRun, for admins: the account need not exist yet.'),
  })
  .refine(({ dryRun, newAccount }) => dryRun || !newAccount, {
    path: ['newAccount'],
    message: 'expected only together with dryRun=true',
  });

const transition = answer(
  'Transition',
  z.object({
    incident: z.string(),
    kind: incidentKind,
    transition: z.enum(['opened', 'changed', 'reminder', 'closed']),
    severity,
    domain: z.string(),
    since: time,
    at: time,
    codes: list(z.string()),
    connections: z.object({ bad: z.int(), of: z.int() }).optional(),
  }),
);

const domain = answer(
  'Domain',
  z.object({
    name: z.string(),
    host: z.string(),
    port: z.int(),
    pins: list(notedPin),
    ...settings.shape,
    provisionedBy: z.string().nullable(),
    mutedUntil: noTime,
    verdict: verdict.nullable(),
    lastProbeAt: noTime,
    lastConclusiveProbeAt: noTime,
    incidents: list(incident),
    history: list(transition),
    check: check.nullable(),
  }),
);

const addedDomain = answer(
  'AddedDomain',
  domain.extend({
    check,
    pinned: list(pinText).describe('The pins that were taken from what is presented, if none were given.'),
  }),
);

const domainSummary = answer(
  'DomainSummary',
  z.object({
    name: z.string(),
    verdict: verdict.nullable(),
    pins: z.int(),
    open: list(incidentKind),
    lastProbeAt: noTime,
    expiresAt: noTime.describe('The earliest end of a certificate on the paths last judged.'),
    mutedUntil: noTime,
    provisionedBy: z.string().nullable(),
    unreadable: z.boolean().describe('Its stored settings cannot be read: remove it, then add it again.'),
  }),
);

export const domainRoutes = {
  listDomains: {
    method: 'GET',
    path: '/accounts/:account/domains',
    may: 'read_account',
    tag: 'domains',
    summary: 'Domains, by name',
    params: accountParams,
    query: z.strictObject({
      verdict: z.enum(verdicts).optional(),
      after: z.string().max(300).optional().describe('The last name of the page before.'),
      limit,
    }),
    answers: {
      200: answer(
        'DomainPage',
        z.object({
          domains: list(domainSummary),
          next: z
            .string()
            .nullable()
            .describe(
              'The `after` of the next page, even if this one is short or empty; null: this is the last.',
            ),
        }),
      ),
    },
  },
  addDomain: {
    method: 'POST',
    path: '/accounts/:account/domains',
    may: ({ newAccount }: z.output<typeof addition>) => (newAccount ? 'manage_accounts' : 'edit_account'),
    tag: 'domains',
    summary: 'Register a domain; without pins, what it presents is pinned',
    params: accountParams,
    query: addition,
    body: newDomain,
    answers: { 200: addedDomain, 201: addedDomain },
  },
  showDomain: {
    method: 'GET',
    path: '/accounts/:account/domains/:domain',
    may: 'read_account',
    tag: 'domains',
    summary: 'One domain: settings, last probe, open incidents, history',
    params: domainParams,
    answers: { 200: domain },
  },
  changeDomain: {
    method: 'PATCH',
    path: '/accounts/:account/domains/:domain',
    may: 'edit_account',
    tag: 'domains',
    summary: 'Change how a domain is probed; null removes a setting',
    params: domainParams,
    body: request('DomainChange', settingsChange),
    ifMatch: true,
    answers: { 200: domain },
  },
  removeDomain: {
    method: 'DELETE',
    path: '/accounts/:account/domains/:domain',
    may: 'edit_account',
    tag: 'domains',
    summary: 'Remove a domain and its record',
    params: domainParams,
    ifMatch: true,
    answers: { 204: nothing },
  },
  muteDomain: {
    method: 'PUT',
    path: '/accounts/:account/domains/:domain/mute',
    may: 'edit_account',
    tag: 'domains',
    summary: 'Send no notices for a domain until a time, as during maintenance',
    params: domainParams,
    body: request('Mute', z.strictObject({ until: z.iso.datetime({ offset: true }) })),
    answers: { 204: nothing },
  },
  unmuteDomain: {
    method: 'DELETE',
    path: '/accounts/:account/domains/:domain/mute',
    may: 'edit_account',
    tag: 'domains',
    summary: 'Send notices for a domain again',
    params: domainParams,
    answers: { 204: nothing },
  },
} satisfies RouteTable;
