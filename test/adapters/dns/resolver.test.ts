import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseHosts } from '../../../src/adapters/dns/hosts-file.ts';
import { createResolver } from '../../../src/adapters/dns/resolver.ts';
import { within } from '../../support/within.ts';
import { type Answer, type NameServer, type RecordType, startNameServer } from './name-server.ts';

const name = 'api.example.com';
const deadlineMs = 1000;
let directory: string;
let hostsFile: string;
let server: NameServer | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pinwatch-dns-'));
  hostsFile = join(directory, 'hosts');
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(hostsFile, { force: true });
});

type Zone = Readonly<Record<RecordType, Answer>>;

async function resolve(zone: Zone, host = name, signal = new AbortController().signal) {
  server = await startNameServer((_, type) => zone[type]);
  return createResolver({ servers: [server.server], hostsFile }).resolve(host, deadlineMs, signal);
}

const v4 = '192.0.2.10';
const v6 = '2001:db8::a';

describe('the name server', () => {
  test('is asked for both families at once; the answer is sorted, without duplicates', async () => {
    const zone = { A: ['192.0.2.30', v4, '192.0.2.30', '192.0.2.9'], AAAA: ['2001:db8::b', v6] };
    expect(await resolve(zone)).toEqual(['192.0.2.10', '192.0.2.30', '192.0.2.9', v6, '2001:db8::b']);
    expect(server?.queries.toSorted()).toEqual([`${name} A`, `${name} AAAA`]);
  });

  test.each<[string, Zone, readonly string[]]>([
    ['IPv4 only', { A: [v4], AAAA: [] }, [v4]],
    ['IPv6 only', { A: [], AAAA: [v6] }, [v6]],
    ['IPv4, and an error for IPv6', { A: [v4], AAAA: 'SERVFAIL' }, [v4]],
    ['IPv6, and NXDOMAIN for IPv4', { A: 'NXDOMAIN', AAAA: [v6] }, [v6]],
    ['IPv4, and silence for IPv6', { A: [v4], AAAA: 'silence' }, [v4]],
  ])('%s is enough', async (_, zone, expected) => {
    expect(await resolve(zone)).toEqual(expected);
  });

  test('hundreds of addresses are cut off', async () => {
    const many = Array.from({ length: 200 }, (_, at) => `192.0.2.${at}`);
    expect(await resolve({ A: many, AAAA: [] })).toHaveLength(64);
  });
});

describe('a failure', () => {
  test.each<[string, Zone, string, string]>([
    ['NXDOMAIN', { A: 'NXDOMAIN', AAAA: 'NXDOMAIN' }, 'dns_not_found', 'NXDOMAIN'],
    ['NODATA', { A: [], AAAA: [] }, 'dns_not_found', 'no IPv4 or IPv6 address'],
    ['SERVFAIL', { A: 'SERVFAIL', AAAA: 'SERVFAIL' }, 'dns_failed', 'ESERVFAIL'],
    ['REFUSED', { A: 'REFUSED', AAAA: 'REFUSED' }, 'dns_failed', 'EREFUSED'],
    ['NODATA and SERVFAIL', { A: [], AAAA: 'SERVFAIL' }, 'dns_failed', 'ESERVFAIL'],
  ])('%s', async (_, zone, code, message) => {
    expect(await resolve(zone)).toEqual({ code, message: expect.stringContaining(message) });
  });

  test('silence ends at the deadline', async () => {
    const startedAt = performance.now();
    const resolving = resolve({ A: 'silence', AAAA: 'silence' });
    expect(await within(deadlineMs * 1.2, resolving)).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThan(deadlineMs * 0.8);
    expect(await resolving).toEqual({ code: 'dns_failed', message: expect.stringContaining('within 1 s') });
    // The query was repeated meanwhile, as after a lost packet.
    expect(server?.queries.length).toBeGreaterThan(2);
  });

  test('nobody listens', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const servers = [{ kind: 'dns', address: '127.0.0.1', port: socket.address().port } as const];
    socket.close();
    await once(socket, 'close');
    const { signal } = new AbortController();
    const failure = await createResolver({ servers, hostsFile }).resolve(name, deadlineMs, signal);
    expect(failure).toEqual({
      code: 'dns_failed',
      message: expect.stringMatching(/ECONNREFUSED|within 1 s/),
    });
  });

  test('an abort cancels the queries', async () => {
    const aborting = new AbortController();
    const resolving = resolve({ A: 'silence', AAAA: 'silence' }, name, aborting.signal);
    setImmediate(() => aborting.abort());
    expect(await within(deadlineMs / 2, resolving)).toBe(true);
    expect(await resolving).toMatchObject({ code: 'dns_failed' });
    expect(await resolve({ A: [v4], AAAA: [] }, name, AbortSignal.abort())).toMatchObject({
      code: 'dns_failed',
    });
  });
});

describe('without the DNS', () => {
  const unreachable: Zone = { A: ['198.51.100.1'], AAAA: [] };

  test.each([v4, v6, '127.0.0.1'])('%s is its own address', async (literal) => {
    expect(await resolve(unreachable, literal)).toEqual([literal]);
    expect(server?.queries).toEqual([]);
  });

  test.each(['localhost', 'api.localhost'])('%s is loopback (RFC 6761)', async (host) => {
    expect(await resolve(unreachable, host)).toEqual(['127.0.0.1', '::1']);
    expect(server?.queries).toEqual([]);
  });

  test('the hosts file comes first, and is read again when it changes', async () => {
    await writeFile(
      hostsFile,
      `# ours\n${v6} other ${name.toUpperCase()}\n${v4}\t${name}.\n127.0.0.9 localhost\n`,
    );
    server = await startNameServer(() => ['198.51.100.1']);
    const resolver = createResolver({ servers: [server.server], hostsFile });
    const { signal } = new AbortController();
    expect(await resolver.resolve(name, deadlineMs, signal)).toEqual([v4, v6]);
    expect(await resolver.resolve('localhost', deadlineMs, signal)).toEqual(['127.0.0.9']);
    expect(server.queries).toEqual([]);
    await writeFile(hostsFile, `192.0.2.77 ${name}\n`);
    expect(await resolver.resolve(name, deadlineMs, signal)).toEqual(['192.0.2.77']);
    await rm(hostsFile);
    expect(await resolver.resolve(name, deadlineMs, signal)).toContain('198.51.100.1');
  });

  test('lines that are not hosts entries are ignored', () => {
    const text = `\u0000\n300.1.1.1 a\nfe80::1%lo0 b\n${v4}\n${v4} c # d\r\n  ${v6}   c   c2\nnonsense`;
    expect(Object.fromEntries(parseHosts(text))).toEqual({ c: [v4, v6], c2: [v6] });
  });
});
