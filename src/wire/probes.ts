/** Probes on demand. */
import { z } from 'zod';
import { accountParams } from './accounts.ts';
import { check } from './check.ts';
import { nameOfDomain } from './domain-name.ts';
import { answer, request } from './named.ts';
import { duration } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list } from './values.ts';
import { verdict } from './words.ts';

const probe = answer(
  'Probe',
  z.object({
    id: z.string(),
    domain: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    verdict: verdict.nullable(),
    check: check.nullable(),
  }),
);

const progress = answer('ProbeProgress', z.object({ done: z.int(), of: z.int() }));

export const probeRoutes = {
  requestProbes: {
    method: 'POST',
    path: '/accounts/:account/probes',
    may: 'edit_account',
    tag: 'probes',
    summary: 'Probe some domains now, or all',
    params: accountParams,
    query: z.strictObject({
      wait: duration([0, 86_400_000], '20s')
        .default(0)
        .describe('How long to wait for results, at most 60s.'),
    }),
    // fastify passes a missing body as null.
    body: request(
      'ProbeRequest',
      z
        .strictObject({
          domains: z.array(nameOfDomain).min(1).max(10_000).optional().describe('Left out: all.'),
        })
        .nullable()
        .default(null),
    ),
    answers: { 202: answer('Probes', z.object({ probes: list(probe) })) },
  },
  showProbe: {
    method: 'GET',
    path: '/accounts/:account/probes/:probe',
    may: 'read_account',
    tag: 'probes',
    summary: 'The result of a requested probe',
    params: accountParams.extend({ probe: z.string().max(50) }),
    answers: { 200: probe },
  },
  followProbes: {
    method: 'GET',
    path: '/accounts/:account/probes/events',
    may: 'read_account',
    tag: 'probes',
    summary: 'Follow probes as server-sent events',
    params: accountParams,
    query: z.strictObject({
      ids: z.string().max(100_000).describe('Ids of probes, separated by commas.'),
    }),
    answers: {
      200: z
        .unknown()
        .describe(
          'An event "probe" as each one ends, its data a FollowedProbe; then an event "end", its data a ProbeProgress.',
        ),
    },
    events: { probe: answer('FollowedProbe', probe.extend({ progress })), end: progress },
  },
} satisfies RouteTable;
