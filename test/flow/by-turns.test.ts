/** A connection that was broken off proves nothing, unless it alternates with others that are answered. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClientHello, keyTypesOf } from '../../lab/client-hello.ts';
import { type Ending, type Front, startFront } from '../../lab/front.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import type { Observation } from '../../src/core/observation.ts';
import { at, codes, ecdsa, parts, pins, pinsOf, rsa, run } from './observe-rig.ts';

const drops = ['reset', 'close'] as const;
const failureOf = {
  reset: 'connection_reset',
  close: 'connection_closed',
  silence: 'handshake_timeout',
} as const;

/** ECDHE-ECDSA-AES128-GCM-SHA256, of which TLS 1.2 needs one, and ecdsa_secp256r1_sha256. */
const takesEcdsa = ({ suites, schemes }: ClientHello) => suites.includes(0xc02b) && schemes.includes(0x0403);
const takesRsa = ({ suites, schemes }: ClientHello) => suites.includes(0xc02f) && schemes.includes(0x0804);

const atHello = (by: Ending['by']) => ({ at: 'hello', by }) as const;

describe.each(drops)('a server that refuses by %s, as Schannel does', (by) => {
  test('has no ECDSA key if RSA is answered in between', async () => {
    const server = await run(startTlsServer({ chains: [rsa] }));
    const front = await run(
      startFront({ to: server, ending: (hello) => (takesRsa(hello) ? null : atHello(by)) }),
    );
    const seen = await parts().observe(at(front));
    expect(codes(seen)).toEqual(['key_type_not_served', 'seen']);
    expect(seen[0]).toMatchObject({ evidence: 'by_turns' });
    expect(pinsOf(seen[1])).toEqual(pins(rsa));
    // One of each at once, and then so often that a front that counts connections can't look like it.
    const asked = front.hellos.map((hello) => keyTypesOf(hello).join());
    expect(asked.slice(2)).toEqual([
      ...['ecdsa', 'ecdsa', 'ecdsa,rsa'],
      ...['ecdsa', 'ecdsa', 'ecdsa,rsa'],
      ...['ecdsa', 'ecdsa,rsa'],
    ]);
  });

  test('has no RSA key if ECDSA is answered in between', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const front = await run(
      startFront({ to: server, ending: (hello) => (takesEcdsa(hello) ? null : atHello(by)) }),
    );
    const seen = await parts().observe(at(front));
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(seen[1]).toMatchObject({ evidence: 'by_turns' });
  });

  test('has no requested key if another key is answered in between', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const front = await run(
      startFront({ to: server, ending: (hello) => (takesEcdsa(hello) ? null : atHello(by)) }),
    );
    const seen = await parts().observe({ ...at(front), keyTypes: ['rsa'] });
    expect(seen).toMatchObject([{ failure: { code: 'key_type_not_served' }, evidence: 'by_turns' }]);
  });

  test('is unknown once it breaks everything off', async () => {
    const server = await run(startTlsServer({ chains: [rsa] }));
    const front = await run(startFront({ to: server, ending: () => atHello(by) }));
    expect(codes(await parts().observe(at(front)))).toEqual([failureOf[by], failureOf[by]]);
  });
});

/** Both key types are served behind it: neither may be reported as not served. */
async function behind(ending: (hello: ClientHello, index: number) => Ending | null): Promise<{
  seen: Observation[];
  front: Front;
}> {
  const server: TlsServer = await startTlsServer({ chains: [ecdsa, rsa] });
  const front = await startFront({ to: server, ending });
  const limits = { handshakeTimeoutMs: 150 } as never;
  const seen = await parts().observe(at(front), undefined, undefined, limits);
  await front.close();
  await server.close();
  return { seen, front };
}

describe('a front with a limit on connections', () => {
  test.each([
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((count) => [
      [count, 'reset'] as const,
      [count, 'close'] as const,
      [count, 'silence'] as const,
    ]),
  ])('that answers the first %i, and ends the others by %s', async (count, by) => {
    const { seen } = await behind((_, index) => (index < count ? null : atHello(by)));
    for (const code of codes(seen)) expect(['seen', failureOf[by]]).toContain(code);
  });

  test.each(drops)('that ends every other connection of each key type by %s', async (by) => {
    const counts = new Map<string, number>();
    const { seen } = await behind((hello) => {
      const type = keyTypesOf(hello).join();
      const count = counts.get(type) ?? 0;
      counts.set(type, count + 1);
      return count % 2 === 0 ? atHello(by) : null;
    });
    expect(codes(seen)).toEqual(['seen', 'seen']);
  });

  test.each(drops)('that drops one key type’s first connections by %s', async (by) => {
    let dropped = 0;
    const { seen } = await behind((hello) => {
      if (keyTypesOf(hello).join() !== 'ecdsa' || dropped === 3) return null;
      dropped += 1;
      return atHello(by);
    });
    expect(codes(seen)).toEqual(['seen', 'seen']);
  });

  test('that repeats itself within seven connections never hides a key type', async () => {
    const schedule = fc.array(fc.boolean(), { minLength: 2, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(schedule, fc.constantFrom(...drops), async (lets, by) => {
        const { seen } = await behind((_, index) => (lets[index % lets.length] ? null : atHello(by)));
        expect(codes(seen)).not.toContain('key_type_not_served');
      }),
      { numRuns: 80 },
    );
  });
});

test('a key type with one answered connection is served, whatever the schedule', async () => {
  const schedule = fc.array(fc.constantFrom(...drops, 40, null), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(schedule, async (endings) => {
      const answered = new Set<string>();
      const dropped = new Map<string, number>();
      const { seen } = await behind((hello, index) => {
        const by = endings[index % endings.length] ?? null;
        const types = keyTypesOf(hello);
        // A hello with only the suites of RSA offers the schemes of both.
        const type = takesEcdsa(hello) ? (types[0] ?? '') : 'rsa';
        if (by === null) answered.add(type);
        else if (by !== 40) dropped.set(type, (dropped.get(type) ?? 0) + 1);
        return by === null ? null : atHello(by);
      });
      for (const one of seen) {
        if (one.failure?.code !== 'key_type_not_served') continue;
        expect('evidence' in one && one.evidence).toBeTruthy();
        if ('evidence' in one && one.evidence === 'by_turns') {
          expect(answered).not.toContain(one.keyType);
          expect(dropped.get(one.keyType)).toBeGreaterThanOrEqual(6);
        }
      }
    }),
    { numRuns: 80 },
  );
});
