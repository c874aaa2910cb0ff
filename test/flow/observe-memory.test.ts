import { describe, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import type { HandshakeRequest } from '../../src/flow/observe.ts';
import { at, ecdsa, expired, parts, run } from './observe-rig.ts';

describe('a chain that verified', () => {
  const verified = (requests: readonly HandshakeRequest[]) => requests.map(({ verify }) => verify);

  test('is not verified again for a day, and its trust is known', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests, time } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    const [first] = await observe(domain);
    const [second] = await observe(domain);
    expect(verified(requests)).toEqual([true, false]);
    expect({ ...second, durationMs: 0 }).toEqual({ ...first, durationMs: 0 });
    time.skewMs = 24 * 3_600_000;
    await observe(domain);
    expect(verified(requests)).toEqual([true, false, true]);
  });

  test('is verified for real by a confirming probe', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    await observe(domain, [server.host]);
    expect(verified(requests)).toEqual([true, true]);
  });

  test('says nothing about another chain: that one is verified at once', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    server.rotate([expired]);
    expect(await observe(domain)).toMatchObject([{ verifyError: 'CERT_HAS_EXPIRED' }]);
    expect(verified(requests)).toEqual([true, false, true]);
    // The old one is still within its day.
    server.rotate([ecdsa]);
    expect(await observe(domain)).toMatchObject([{ verifyError: null }]);
    expect(verified(requests)).toEqual([true, false, true, false]);
  });

  test('is verified again under other roots', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    const [seen] = await observe({ ...domain, ca: createRoot().pem });
    expect(seen).toMatchObject({ verifyError: expect.any(String) });
    expect(verified(requests)).toEqual([true, true]);
  });

  test('a failure is never remembered', async () => {
    const server = await run(startTlsServer({ chains: [expired] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    expect(await observe(domain)).toMatchObject([{ verifyError: 'CERT_HAS_EXPIRED' }]);
    expect(verified(requests)).toEqual([true, true]);
  });
});
