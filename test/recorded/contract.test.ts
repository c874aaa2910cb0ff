/**
 * What readers of the JSON, the mail and the metrics get for an account without pin sets: recorded once, byte for byte,
 * before there were any. A change here breaks readers; new words beside the old ones need a reason.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accountView, domainSummary, domainView } from '../../src/adapters/http/views.ts';
import { machinePart } from '../../src/adapters/mail/machine-part.ts';
import { createDetail } from '../../src/adapters/metrics/detail.ts';
import { renderDomains } from '../../src/adapters/metrics/exposition.ts';
import { settingsText } from '../../src/adapters/redis/stored-domain.ts';
import { appsConnect } from '../../src/core/apps-connect.ts';
import type { Domain } from '../../src/core/domain.ts';
import { domainName } from '../../src/core/domain.ts';
import { statusOf } from '../../src/core/domain-status.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { storedStatus } from '../../src/core/stored-status.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import {
  certificate,
  day,
  failed,
  intermediate,
  leaf,
  newLeaf,
  now,
  pinOf,
  root,
  rules,
  seen,
  stray,
} from '../support/observations.ts';

const backup = pinOf('backup');
const soon = certificate('soon', 'intermediate', { notAfter: now + 3 * day });
const hashed = `sha256/${Buffer.from(newLeaf.certificateSha256, 'hex').toString('base64')}` as Pin;
const second = seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] });
const others = [
  [
    { certificate: leaf, from: 'presented' },
    { certificate: stray, from: 'trust-store' },
  ],
] as const;

const scenes: Record<string, { pins: readonly Pin[]; looks: readonly (readonly Observation[])[] }> = {
  match: { pins: [leaf.pin, backup], looks: [[seen(), failed('key_type_not_served', '192.0.2.1', 'rsa')]] },
  mismatch: { pins: [backup, hashed], looks: [[second], [second]] },
  partial: {
    pins: [leaf.pin, backup],
    looks: [
      [seen(), second],
      [seen(), second],
    ],
  },
  disagreeing: {
    pins: [leaf.pin, backup],
    looks: [[seen()], [seen({ presented: [newLeaf, intermediate] })], [seen()]],
  },
  outside: { pins: [stray.pin], looks: [[seen({ outside: [stray] })], [seen({ outside: [stray] })]] },
  unpinned: {
    pins: [],
    looks: [[seen({ problem: 'CERT_HAS_EXPIRED' })], [seen({ problem: 'CERT_HAS_EXPIRED' })]],
  },
  unreachable: { pins: [leaf.pin], looks: [[failed('connection_timeout'), failed('dns_failed', null)]] },
  'no backup': { pins: [leaf.pin, root.pin], looks: [[seen()]] },
  expiring: { pins: [soon.pin, backup], looks: [[seen({ presented: [soon, intermediate] })]] },
  ambiguous: { pins: [intermediate.pin, backup], looks: [[seen({ others })]] },
  broken: {
    pins: [backup],
    looks: [[seen({ broken: { code: 'tls_alert', message: 'made to fail' } })]],
  },
};

function story({ pins, looks }: (typeof scenes)[string]) {
  const domain: Domain = { host: 'api.example.com', port: 443, pins };
  let record: DomainRecord = blankRecord;
  const told = [];
  for (const at of [now, now + 900_000, now + 8 * day]) {
    const judgement = judgeLooks(domain, looks, at, rules.expiringWithinMs);
    const probe = { account: 'acme', judgement, sweep: String(at), at, domain };
    const made = recordProbe(record, probe, rules);
    record = made.record;
    told.push(...made.transitions);
  }
  const name = domainName(domain);
  const status = statusOf(domain, record);
  return {
    apps: record.lastCheck && appsConnect(record.lastCheck),
    record,
    mail: machinePart('acme', told),
    status: storedStatus(status),
    stored: settingsText(domain),
    view: domainView(name, domain, record, []),
    summary: domainSummary({ name, value: domain, status }),
    statusOf: status,
  };
}

async function series(statuses: readonly ReturnType<typeof statusOf>[]): Promise<string> {
  const rows = statuses.map((status, index) => ({
    account: 'acme',
    domain: `api${index}.example.com`,
    status,
  }));
  const detail = createDetail({ shows: 'all', intervalMs: 900_000, expiringWithinMs: 14 * day }, () => now);
  let text = '';
  for await (const chunk of renderDomains(await detail(rows))) text += chunk;
  return text;
}

/** A family that has no series is nothing to a reader. */
function withoutEmpty(text: string): string {
  return text.replaceAll(/# HELP pinwatch_pin_sets(_\w+)? .*\n# TYPE .*\n(?=#|$)/g, '');
}

async function made() {
  const stories = Object.entries(scenes).map(([name, scene]) => [name, story(scene)] as const);
  const metrics = withoutEmpty(await series(stories.map(([, { statusOf: status }]) => status)));
  return {
    stories: Object.fromEntries(stories.map(([name, { statusOf: _, ...rest }]) => [name, rest])),
    account: accountView({ name: 'acme', contacts: ['devops@example.com'] }),
    metrics,
  };
}

describe('an account without pin sets', () => {
  test('reads as it was recorded', async () => {
    const recorded = readFileSync(new URL('contract.json', import.meta.url), 'utf8');
    // As text: the order of the members is part of it.
    expect(JSON.stringify(await made())).toBe(JSON.stringify(JSON.parse(recorded)));
  });
});
