import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedPort } from '../../lab/child.ts';
import { generateKeys } from '../../lab/keys.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import type { ProbeAnswer } from '../../src/flow/admin/probes.ts';
import { requires } from '../support/requires.ts';
import { entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('the whole service', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('reports a rotated key once and its recovery once', async () => {
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');

    api.server.rotate([api.strange]);
    const alarm = await stage.mail();
    expect(alarm.to).toEqual(['devops@example.com']);
    expect(alarm.mail.subject).toContain('api.example.com');
    expect(alarm.mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    const part = machinePart(alarm);
    expect(Object.keys(part)).toEqual(['version', 'account', 'transitions']);
    expect(part).toMatchObject({ version: 1, account: 'acme' });
    const [opened] = part.transitions;
    expect(Object.keys(opened ?? {})).toEqual([
      'incident',
      'kind',
      'transition',
      'severity',
      'domain',
      'since',
      'check',
    ]);
    expect(opened).toMatchObject({
      kind: 'pin_mismatch',
      transition: 'opened',
      severity: 'critical',
      domain: api.name,
      check: {
        host: 'api.example.com',
        port: api.server.port,
        verdict: 'mismatch',
        pins: api.pins.map((pin) => ({ pin, seen: false })),
      },
    });
    expect(Date.parse(opened?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const judged = opened?.check.endpoints.find((endpoint) => endpoint.verdict === 'mismatch');
    expect(judged).toMatchObject({
      address: '127.0.0.1',
      keyType: 'ecdsa',
      trusted: true,
      matched: null,
      failure: null,
    });
    expect(judged?.presented.map(({ pin }) => pin)).toEqual(api.strange.map(({ pin }) => pin));
    expect(judged?.path.map(({ from }) => from)).toEqual(['presented', 'presented', 'trust-store']);
    expect(alarm.mail.text).toContain(api.strange[0]?.pin);
    expect(alarm.mail.html).toContain(api.pins[0]);
    // The lab's root is in no trust store: without it the command would say that the chain is untrusted.
    expect(alarm.mail.text).toContain('--ca-file private-root.pem');

    await service.sweeps(3);
    api.server.rotate([api.chain]);
    const recovery = await stage.mail();
    expect(told(recovery)).toEqual([`closed ${api.name} pin_mismatch`]);
    expect(machinePart(recovery).transitions[0]?.incident).toBe(opened?.incident);
    await service.sweeps(3);
    expect(stage.smtp.received).toHaveLength(2);
    expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  test('reports 50 domains that break together in one mail', async () => {
    const keys = generateKeys();
    const hosts = Array.from({ length: 50 }, (_, index) => `api-${index}.example.com`);
    const leaves = (same?: typeof keys) => [
      stage.issuing.leaf({ commonName: 'edge', names: hosts, ...(same ? { keys: same } : {}) }),
      stage.issuing.issued,
    ];
    const edge = await startTlsServer({ chains: [leaves(keys)] });
    const pins = [leaves(keys)[0]?.pin ?? '', leaves()[0]?.pin ?? ''];
    const names = hosts.map((host) => `${host}:${edge.port}`);
    const config = await stage.configure(
      names.map((name) => entryOf({ name, pins })),
      // Probed on request, so that all are seen broken within this wait even on a slow machine.
      { interval: '5m', notify: { groupWait: '10s', groupInterval: '200ms' } },
    );
    const service = stage.start({ config });
    await probed(service, names, 'match');
    const { address } = await service.line('listening');
    const probeAll = async () => {
      const asked = `${address}/v1/accounts/acme/probes?wait=60s`;
      const { probes } = (await (await fetch(asked, { method: 'POST' })).json()) as { probes: ProbeAnswer[] };
      return probes.map(({ verdict }) => verdict);
    };
    edge.rotate([leaves()]);
    const mismatches = names.map(() => 'mismatch');
    expect(await probeAll()).toEqual(mismatches);
    const alarm = await stage.mail();
    expect(told(alarm).sort()).toEqual(names.map((name) => `opened ${name} pin_mismatch`).sort());
    expect(alarm.mail.text).toContain('All 50 domains of the account fail at once.');
    // Seen again, there is nothing new to report.
    const before = service.lines.length;
    expect(await probeAll()).toEqual(mismatches);
    expect(service.lines.slice(before).filter(({ event }) => event?.startsWith('incident'))).toEqual([]);
    expect(stage.smtp.received).toHaveLength(1);
    await edge.close();
  });

  test('reports a mismatch of one address out of two as partial', async () => {
    const port = await sharedPort(['127.0.0.2', '127.0.0.3']);
    const first = await stage.api('api.example.com', '127.0.0.2', port);
    const second = await stage.api('api.example.com', '127.0.0.3', port);
    second.server.rotate([first.chain]);
    const entry = entryOf(first, { connect: ['127.0.0.2', '127.0.0.3'] });
    const service = stage.start({ config: await stage.configure([entry]) });
    await probed(service, [first.name], 'match');
    second.server.rotate([second.strange]);
    const alarm = await stage.mail();
    const [opened] = machinePart(alarm).transitions;
    expect(opened?.check.findings.map(({ code }) => code)).toContain('pin_mismatch_partial');
    expect(opened?.check.findings.map(({ code }) => code)).not.toContain('pin_mismatch');
    const judged = opened?.check.endpoints.filter(({ failure }) => failure === null);
    expect(judged?.map(({ address, verdict }) => `${address} ${verdict}`)).toEqual([
      '127.0.0.2 match',
      '127.0.0.3 mismatch',
    ]);
    const { text } = await service.get('/metrics');
    expect(text).toContain(`pinwatch_endpoints_mismatched{account="acme",domain="${first.name}"} 1`);
    expect(text).toContain(`pinwatch_endpoints{account="acme",domain="${first.name}"} 2`);

    // The other address follows: the change is reported once more, under the same incident.
    first.server.rotate([first.strange]);
    const changed = await stage.mail();
    expect(told(changed)).toEqual([`changed ${first.name} pin_mismatch`]);
    expect(machinePart(changed).transitions[0]?.incident).toBe(opened?.incident);
    await service.sweeps(2);
    expect(stage.smtp.received).toHaveLength(2);
  });

  test('reports a domain that can’t be reached after three sweeps in a row', async () => {
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    await api.server.close();
    const alarm = await stage.mail();
    expect(told(alarm)).toEqual([`opened ${api.name} unreachable`]);
    const opened = service.lines.findIndex(({ event }) => event === 'incident_opened');
    const before = service.lines
      .slice(0, opened)
      .filter(({ event, verdict }) => event === 'probed' && verdict === 'inconclusive');
    expect(before).toHaveLength(3);
    expect(machinePart(alarm).transitions[0]?.check.endpoints[0]?.failure?.code).toBe('connection_refused');
    const { text } = await service.get('/metrics');
    expect(text).toContain(`pinwatch_probe_success{account="acme",domain="${api.name}"} 0`);
    expect(text).toContain('pinwatch_incidents_open{kind="unreachable"} 1');
  });

  test('escapes what a hostile certificate says', async () => {
    const api = await stage.api('api.example.com');
    const evil = '<script>alert(1)</script>\r\nBcc: everybody@example.com';
    const hostile = stage.issuing.leaf({
      subject: [{ type: 'CN', value: evil }],
      names: [api.host],
    });
    api.server.rotate([[hostile, stage.issuing.issued]]);
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    const alarm = await stage.mail();
    expect(told(alarm)).toEqual([`opened ${api.name} pin_mismatch`]);
    expect(alarm.mail.html).not.toMatch(/<script/i);
    expect(alarm.mail.html).toContain('&lt;script');
    expect(alarm.mail.bcc ?? []).toEqual([]);
    expect(alarm.mail.text).not.toMatch(/^Bcc:/m);
    expect(alarm.to).toEqual(['devops@example.com']);
    // One line per log event, whatever a certificate holds: startService would have failed to parse it.
    await service.sweeps(1);
  });

  test('judges no key type that is not served, and no pins if there are none', async () => {
    const rsa = generateKeys('rsa-2048');
    const host = 'rsa.example.com';
    const chain = [stage.issuing.leaf({ names: [host], keys: rsa }), stage.issuing.issued];
    const server = await startTlsServer({ chains: [chain] });
    const name = `${host}:${server.port}`;
    const bare = await stage.api('bare.example.com');
    const pins = [chain[0]?.pin ?? '', bare.pins[1] ?? ''];
    const config = await stage.configure([entryOf({ name, pins }), entryOf({ name: bare.name, pins: [] })]);
    const service = stage.start({ config });
    await probed(service, [name], 'match');
    await probed(service, [bare.name], 'unpinned');
    const { text } = await service.get('/metrics');
    const value = (series: string, domain: string) =>
      text.match(new RegExp(`^pinwatch_${series}\\{account="acme",domain="${domain}"\\} (.*)$`, 'm'))?.[1];
    // One type is served: it is the only endpoint that counts, and none has failed.
    expect(value('endpoints', name)).toBe('1');
    expect(value('endpoints_failed', name)).toBe('0');
    expect(value('pins', bare.name)).toBe('0');
    expect(value('pin_mismatch', bare.name)).toBe('0');
    expect(value('chain_trusted', bare.name)).toBe('1');
    expect(value('probe_success', bare.name)).toBe('1');
    // An unpinned domain is still watched for trust.
    bare.server.rotate([[stage.issuing.leaf({ names: ['other.example.com'] }), stage.issuing.issued]]);
    const alarm = await stage.mail();
    expect(told(alarm)).toEqual([`opened ${bare.name} untrusted`]);
    expect(machinePart(alarm).transitions[0]?.check.findings.map(({ code }) => code)).toEqual([
      'host_name_mismatch',
    ]);
    await server.close();
  });
});
