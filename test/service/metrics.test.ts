import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { configIncidentKinds } from '../../src/core/config-incident.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { type Api, entryOf, probed, type Stage, setStage, told } from './stage.ts';

/** What the contract promises, with the labels of each. */
const promised: Readonly<Record<string, readonly string[]>> = {
  pin_mismatch: ['account', 'domain'],
  probe_success: ['account', 'domain'],
  chain_trusted: ['account', 'domain'],
  endpoints: ['account', 'domain'],
  endpoints_mismatched: ['account', 'domain'],
  endpoints_failed: ['account', 'domain'],
  pins: ['account', 'domain'],
  backup_pins: ['account', 'domain'],
  certificate_not_after_timestamp_seconds: ['account', 'domain'],
  last_probe_timestamp_seconds: ['account', 'domain'],
  last_conclusive_probe_timestamp_seconds: ['account', 'domain'],
  muted_until_timestamp_seconds: ['account', 'domain'],
  account_domains: ['account'],
  account_problem_domains: ['account'],
  newest_probe_timestamp_seconds: [],
  probes_total: ['outcome'],
  probe_duration_seconds: [],
  handshakes_total: ['kind'],
  sweep_last_start_timestamp_seconds: [],
  sweep_next_timestamp_seconds: [],
  domains: [],
  incidents_open: ['kind'],
  notices_pending: [],
  unreadable_values: [],
  notices_total: ['outcome'],
  channel_notices_total: ['type', 'outcome'],
  notice_delay_seconds: [],
  disagreements_total: [],
  auth_failures_total: [],
  store_replaced: [],
  queue_jobs: ['queue', 'state'],
  redis_up: [],
  interval_seconds: [],
  clock_skew_seconds: [],
  clock_steps_total: ['direction'],
  build_info: ['version', 'node'],
  last_reload_successful: [],
  last_reload_success_timestamp_seconds: [],
  config_downloads_total: ['outcome'],
  config_publications_total: ['outcome'],
};

/** Of accounts that have published a signed configuration, which none has here. */
const withoutSamples = [
  'version',
  'issued_timestamp_seconds',
  'expires_timestamp_seconds',
  'served',
  'draft_differs',
  'devices_unpinned',
];

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parse(text: string): { samples: Sample[]; types: Map<string, string>; help: Set<string> } {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const help = new Set<string>();
  for (const line of text.split('\n')) {
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'TYPE') types.set(about, rest);
    if (kind === 'HELP' && rest !== '') help.add(about);
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ]);
    samples.push({ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) });
  }
  return { samples, types, help };
}

/** Only domains with pin sets have a series. */
const ofPinSets = ['pin_sets', 'pin_sets_mismatched', 'pin_sets_end_timestamp_seconds'];

requires('redis-server')('the metrics of the whole service', () => {
  let stage: Stage;
  let service: Service;
  let api: Api;
  beforeAll(async () => {
    stage = await setStage();
    api = await stage.api('api.example.com');
    service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    await service.sweeps(1);
  });
  afterAll(() => stage.close());

  test('have every promised name, with its labels and its help, and no other', async () => {
    const { samples, types, help } = parse((await service.get('/metrics')).text);
    for (const [name, labels] of Object.entries(promised)) {
      const full = `pinwatch_${name}`;
      const type = types.get(full);
      expect(type, name).toBe(
        name.endsWith('_total') ? 'counter' : /duration|delay/.test(name) ? 'histogram' : 'gauge',
      );
      expect(help.has(full), name).toBe(true);
      const found = samples.filter(
        (sample) => sample.name === (type === 'histogram' ? `${full}_count` : full),
      );
      expect(found.length, name).toBeGreaterThan(0);
      for (const sample of found) expect(Object.keys(sample.labels), name).toEqual(labels);
    }
    const own = [...types.keys()].filter((name) => name.startsWith('pinwatch_'));
    expect(own.sort()).toEqual(
      [...Object.keys(promised), ...ofPinSets, ...withoutSamples.map((name) => `config_${name}`)]
        .map((name) => `pinwatch_${name}`)
        .sort(),
    );
    expect(types.has('process_cpu_seconds_total')).toBe(true);
  });

  test('show the state', async () => {
    const { samples } = parse((await service.get('/metrics')).text);
    const value = (name: string, labels: Record<string, string> = {}) =>
      samples.find(
        (sample) =>
          sample.name === `pinwatch_${name}` &&
          Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
      )?.value;
    const ref = { account: 'acme', domain: api.name };
    expect(value('pin_mismatch', ref)).toBe(0);
    expect(value('probe_success', ref)).toBe(1);
    expect(value('chain_trusted', ref)).toBe(1);
    expect(value('endpoints', ref)).toBe(1);
    expect(value('endpoints_failed', ref)).toBe(0);
    expect(value('pins', ref)).toBe(2);
    expect(value('backup_pins', ref)).toBe(1);
    const day = 86_400;
    const now = Date.now() / 1000;
    expect(((value('certificate_not_after_timestamp_seconds', ref) ?? 0) - now) / day).toBeCloseTo(90, 0);
    expect(Math.abs((value('last_probe_timestamp_seconds', ref) ?? 0) - now)).toBeLessThan(30);
    expect(Math.abs((value('sweep_last_start_timestamp_seconds') ?? 0) - now)).toBeLessThan(30);
    expect(Math.abs((value('sweep_next_timestamp_seconds') ?? 0) - now)).toBeLessThan(30);
    expect(value('domains')).toBe(1);
    expect(value('notices_pending')).toBe(0);
    expect(value('probes_total', { outcome: 'match' })).toBeGreaterThan(0);
    expect(value('handshakes_total', { kind: 'full' })).toBeGreaterThan(0);
    expect(value('handshakes_total', { kind: 'fast' })).toBeGreaterThanOrEqual(0);
    expect(value('handshakes_total', { kind: 'fallback' })).toBeGreaterThanOrEqual(0);
    expect(value('build_info', { node: process.version })).toBe(1);
    const kinds = samples
      .filter(({ name }) => name === 'pinwatch_incidents_open')
      .map(({ labels }) => labels.kind);
    expect(kinds).toEqual([
      'pin_mismatch',
      'untrusted',
      'unreachable',
      'certificate_expiring',
      'no_backup_pin',
      'pins_expiring',
      'pin_mismatch_held',
      ...configIncidentKinds,
      'blind',
    ]);
    // Every series once: Prometheus would refuse the whole scrape otherwise.
    const names = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
    expect(new Set(names).size).toBe(names.length);
  });

  test('count a mail when it is sent, and when it was owed', async () => {
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    await service.line('mail_sent');
    const { samples } = parse((await service.get('/metrics')).text);
    const find = (name: string) => samples.filter((sample) => sample.name === `pinwatch_${name}`);
    expect(find('notices_total').find(({ labels }) => labels.outcome === 'sent')?.value).toBe(1);
    expect(find('notice_delay_seconds_count')[0]?.value).toBe(1);
    expect(find('incidents_open').find(({ labels }) => labels.kind === 'pin_mismatch')?.value).toBe(1);
    expect(find('probes_total').find(({ labels }) => labels.outcome === 'mismatch')?.value).toBeGreaterThan(
      0,
    );
  });

  test('are served with the type of their format, next to health and an overview of both', async () => {
    const { address } = await service.line('listening');
    const response = await fetch(`${address}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ status: 'ok', reason: null });
    expect(await (await fetch(`${address}/readyz`)).json()).toEqual({ status: 'ok', reasons: [] });
    expect((await fetch(`${address}/nothing`)).status).toBe(404);
  });

  requires('promtool')('for Prometheus', () => {
    test('are accepted by promtool', async () => {
      const { text } = await service.get('/metrics');
      const { status, stderr } = spawnSync(tool('promtool'), ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      // 1: can't be parsed. 3: style warnings, some of them about prom-client's own names.
      expect([0, 3]).toContain(status);
      expect(stderr.split('\n').filter((line) => line !== '' && !/^(nodejs|process)_/.test(line))).toEqual(
        [],
      );
      const broken = spawnSync(tool('promtool'), ['check', 'metrics'], {
        input: `${text}broken{`,
        encoding: 'utf8',
      });
      expect(broken.status).toBe(1);
    });
  });
});
