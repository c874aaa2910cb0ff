import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { sharedPort } from '../../lab/child.ts';
import { keyTypesOf } from '../../lab/client-hello.ts';
import { startFront } from '../../lab/front.ts';
import { alerts, silent } from '../../lab/hostile.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import { createResolver } from '../../src/adapters/dns/resolver.ts';
import { createGuard } from '../../src/adapters/network/guard.ts';
import { startNameServer } from '../adapters/dns/name-server.ts';
import {
  at,
  chainOf,
  codes,
  ecdsa,
  host,
  hostsFile,
  intermediate,
  otherEcdsa,
  parts,
  pins,
  pinsOf,
  rsa,
  run,
} from './observe-rig.ts';

describe('every endpoint is observed', () => {
  test('each key type at each address, in order, with its own chain', async () => {
    const port = await sharedPort(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const first = await run(startTlsServer({ chains: [ecdsa, rsa], port }));
    await run(startTlsServer({ chains: [otherEcdsa], host: '127.0.0.2', port }));
    const { observe } = parts();
    const seen = await observe({ port: first.port, connect: ['127.0.0.1', '127.0.0.2', '127.0.0.3'] });
    expect(seen.map(({ address, keyType }) => `${address} ${keyType}`)).toEqual([
      '127.0.0.1 ecdsa',
      '127.0.0.1 rsa',
      '127.0.0.2 ecdsa',
      '127.0.0.2 rsa',
      '127.0.0.3 ecdsa',
      '127.0.0.3 rsa',
    ]);
    expect(codes(seen)).toEqual([
      ...['seen', 'seen'],
      ...['seen', 'key_type_not_served'],
      ...['connection_refused', 'connection_refused'],
    ]);
    expect(pinsOf(seen[0])).toEqual(pins(ecdsa));
    expect(pinsOf(seen[1])).toEqual(pins(rsa));
    expect(pinsOf(seen[2])).toEqual(pins(otherEcdsa));
    expect(seen[0]).toMatchObject({ protocol: 'TLSv1.3', broken: null, hostMatches: true });
    expect(seen[0]).toMatchObject({ path: { anchored: true } });
    expect(seen.every(({ durationMs }) => Number.isInteger(durationMs) && durationMs >= 0)).toBe(true);
  });

  test('a domain’s own key types and roots take precedence over the settings', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa, rsa] }));
    const { observe } = parts();
    const seen = await observe({ ...at(server), keyTypes: ['rsa'], ca: createRoot().pem });
    expect(seen).toMatchObject([{ keyType: 'rsa', path: { anchored: false } }]);
  });

  test('all at once: a dead endpoint delays no other', async () => {
    const port = await sharedPort(['127.0.0.1', '127.0.0.2']);
    const dead = await run(silent({ host: '127.0.0.2', port }));
    await run(startTlsServer({ chains: [ecdsa, rsa], port }));
    const { observe } = parts();
    const startedAt = performance.now();
    const seen = await observe(
      { port: dead.port, connect: ['127.0.0.2', '127.0.0.1'] },
      undefined,
      undefined,
      { handshakeTimeoutMs: 1000 } as never,
    );
    expect(codes(seen)).toEqual(['handshake_timeout', 'handshake_timeout', 'seen', 'seen']);
    // One after another would take the sum of their times, however slow the machine is.
    const oneByOne = seen.reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(performance.now() - startedAt).toBeLessThan(oneByOne * 0.9);
  });
});

describe('a key type that is refused', () => {
  test('is not served if the other one is', async () => {
    const server = await run(startTlsServer({ chains: [rsa] }));
    const { observe, requests } = parts();
    const [refused, seen] = await observe(at(server));
    expect(refused?.failure).toEqual({
      code: 'key_type_not_served',
      message: expect.stringMatching(/^no ECDSA key is served .*handshake_failure/),
    });
    expect(refused).toMatchObject({ evidence: 'alert' });
    expect(pinsOf(seen)).toEqual(pins(rsa));
    expect(requests.map(({ offer }) => offer)).toEqual(['ecdsa', 'rsa']);
  });

  test('is not served if any offer shows another key', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const seen = await observe({ ...at(server), keyTypes: ['rsa'] });
    expect(codes(seen)).toEqual(['key_type_not_served']);
    expect(requests.map(({ offer }) => offer)).toEqual(['rsa', 'any']);
  });

  test('is not served if the other one is, with a chain that is not accepted', async () => {
    const padding = { oid: '1.2.3.4', critical: false, value: Buffer.alloc(66_000) };
    const large = chainOf(intermediate.leaf({ names: [host], extensions: [padding] }));
    const server = await run(startTlsServer({ chains: [large] }));
    const { observe, requests } = parts();
    expect(codes(await observe(at(server)))).toEqual(['chain_too_large', 'key_type_not_served']);
    expect(requests.map(({ offer }) => offer)).toEqual(['ecdsa', 'rsa']);
  });

  test('is observed if a hello for any key shows it', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    // Lets only a hello through that offers schemes of both kinds.
    const front = await run(
      startFront({
        to: server,
        ending: (hello) => (keyTypesOf(hello).length > 1 ? null : { at: 'hello', by: 40 }),
      }),
    );
    const { observe, requests } = parts();
    const seen = await observe(at(front));
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(pinsOf(seen[0])).toEqual(pins(ecdsa));
    expect(seen[0]).toMatchObject({ keyType: 'ecdsa', broken: null });
    expect(requests.map(({ offer, breadth }) => `${offer} ${breadth}`)).toEqual([
      ...['ecdsa app', 'rsa app', 'any app'],
    ]);
  });

  test('stays an alert if the server refuses everything', async () => {
    const server = await run(alerts('fatal', 40));
    const { observe, requests } = parts();
    expect(codes(await observe(at(server)))).toEqual(['tls_alert', 'tls_alert']);
    expect(requests.filter(({ offer }) => offer === 'any').map(({ breadth }) => breadth)).toEqual([
      'app',
      'wide',
    ]);
    expect(server.connections).toBe(5);
  });

  test('costs an RSA-only server one connection, and an ECDSA-only one two', async () => {
    const { observe } = parts();
    const rsaOnly = await run(startTlsServer({ chains: [rsa] }));
    await observe(at(rsaOnly));
    expect(rsaOnly.connections).toBe(2);
    const ecdsaOnly = await run(startTlsServer({ chains: [ecdsa] }));
    await observe(at(ecdsaOnly));
    expect(ecdsaOnly.connections).toBe(3);
  });
});

describe('application protocols', () => {
  test('are those of apps, or the domain’s own', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const front = await run(startFront({ to: server, ending: () => null }));
    const { observe } = parts();
    const offered = async (alpn?: readonly string[]) => {
      await observe({ ...at(front), keyTypes: ['ecdsa'], ...(alpn && { alpn }) });
      return front.hellos.at(-1)?.alpn;
    };
    expect(await offered()).toEqual(['h2', 'http/1.1']);
    expect(await offered(['mqtt'])).toEqual(['mqtt']);
    expect(await offered([])).toEqual([]);
  });

  test('choose the certificate at a front that routes by them', async () => {
    const front = await run(startTlsServer({ chains: [ecdsa], alpn: ['h2'] }));
    const { observe } = parts();
    const [seen] = await observe({ ...at(front), keyTypes: ['ecdsa'] });
    expect(pinsOf(seen)).toEqual(pins(ecdsa));
    const [refused] = await observe({ ...at(front), keyTypes: ['ecdsa'], alpn: ['mqtt'] });
    expect(refused?.failure).toMatchObject({ code: 'tls_alert', message: expect.stringContaining('ALPN') });
  });
});

describe('addresses', () => {
  test('come from the resolver, each guarded before it is connected to', async () => {
    await writeFile(hostsFile, `127.0.0.1 ${host}\n127.0.0.2 ${host}\n`);
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts({ guard: createGuard(['127.0.0.1']) });
    const seen = await observe({ port: server.port, keyTypes: ['ecdsa'] });
    expect(codes(seen)).toEqual(['seen', 'target_forbidden']);
    expect(seen[1]).toMatchObject({ address: '127.0.0.2', durationMs: 0 });
    expect(requests.map(({ address }) => address)).toEqual(['127.0.0.1']);
  });

  test.each([
    ['given ones', { connect: ['127.0.0.1'] }, undefined],
    ['those of a confirming probe', {}, ['127.0.0.1']],
    ['an IP literal', { host: '127.0.0.1' }, undefined],
  ])('%s are guarded, too', async (_, domain, again) => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe } = parts({ guard: createGuard([]) });
    const seen = await observe({ port: server.port, ...domain }, again);
    expect(codes(seen)).toEqual(['target_forbidden', 'target_forbidden']);
    expect(server.connections).toBe(0);
  });

  // DNS rebinding: a tenant's name server answers as it likes.
  test.each(['127.0.0.2', '::1', '::ffff:127.0.0.2', '0.0.0.0', '169.254.169.254'])(
    'that a name gets only at the second look are guarded again: %s',
    async (address) => {
      const isIpv6 = address.includes(':');
      let isFirst = true;
      const names = await run(
        startNameServer((_, type) => {
          if (isFirst) return type === 'A' ? ['127.0.0.1'] : [];
          return isIpv6 === (type === 'AAAA') ? [address] : [];
        }),
      );
      const inside = await run(startTlsServer({ chains: [ecdsa], host: '127.0.0.1' }));
      const { observe, requests } = parts({
        resolver: createResolver({ servers: [names.server], hostsFile: '/dev/null' }),
        guard: createGuard(['127.0.0.1']),
      });
      const domain = { port: inside.port, keyTypes: ['ecdsa'] } as const;
      expect(codes(await observe(domain))).toEqual(['seen']);
      isFirst = false;
      expect(codes(await observe(domain))).toEqual(['target_forbidden']);
      expect(requests.map((request) => request.address)).toEqual(['127.0.0.1']);
    },
  );

  test('are chosen from both families if there are too many', async () => {
    const many = ['127.0.0.5', '127.0.0.4', '127.0.0.3', '127.0.0.2', '127.0.0.1', '::1'];
    await writeFile(hostsFile, many.map((address) => `${address} ${host}\n`).join(''));
    const closed = await startTlsServer({ chains: [ecdsa] });
    await closed.close();
    const { observe } = parts();
    const domain = { port: closed.port, keyTypes: ['ecdsa'] } as const;
    const chosen = async (addressesPerDomain: number) =>
      (await observe(domain, undefined, undefined, { addressesPerDomain })).map(({ address }) => address);
    expect(await chosen(4)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1']);
    expect(await chosen(2)).toEqual(['127.0.0.1', '::1']);
    expect(await chosen(1)).toEqual(['127.0.0.1']);
    // Configured: none is left out.
    const given = await observe({ ...domain, connect: many }, undefined, undefined, {
      addressesPerDomain: 2,
    });
    expect(given.map(({ address }) => address)).toEqual(many);
  });

  test('that are not found fail every key type', async () => {
    const server = await run(startNameServer(() => 'NXDOMAIN'));
    const { observe } = parts({
      resolver: createResolver({ servers: [server.server], hostsFile: '/dev/null' }),
    });
    const failure = { code: 'dns_not_found' };
    expect(await observe({ port: 443, host: 'gone.example.com' })).toMatchObject([
      { address: null, keyType: 'ecdsa', failure },
      { address: null, keyType: 'rsa', failure },
    ]);
  });
});

test('an abort rejects with its reason and closes what is open', async () => {
  const server = await run(silent());
  const { observe } = parts();
  const aborting = new AbortController();
  const reason = new Error('shutting down');
  const observing = observe(at(server), undefined, aborting.signal);
  aborting.abort(reason);
  await expect(observing).rejects.toBe(reason);
  await server.allClosed();
  await expect(observe(at(server), undefined, aborting.signal)).rejects.toBe(reason);
});
