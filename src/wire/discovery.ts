/** What is watched, for Prometheus' service discovery over HTTP. */
import { z } from 'zod';
import { answer } from './named.ts';
import type { RouteTable } from './route.ts';
import { list } from './values.ts';

const targetGroup = z.object({
  targets: list(z.string()).describe('One: `host:port`.'),
  labels: z.object({
    __meta_pinwatch_account: z.string(),
    __meta_pinwatch_domain: z.string().describe('As in the label `domain` of the metrics.'),
  }),
});

export const discoveryRoutes = {
  discoverTargets: {
    method: 'GET',
    path: '/sd',
    may: 'read_metrics',
    tag: 'domains',
    summary: "The watched domains in the form of Prometheus' http_sd_configs",
    answers: { 200: answer('TargetGroups', list(targetGroup)) },
  },
} satisfies RouteTable;
