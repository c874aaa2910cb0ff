/** Servers that answer no app's hello: what they do answer, and what that means for an app. */
import { describe, expect, test } from 'vitest';
import { keyTypesOf } from '../../lab/client-hello.ts';
import { startFront } from '../../lab/front.ts';
import { startJavaServer } from '../../lab/java.ts';
import { startOpensslServer } from '../../lab/openssl.ts';
import { startTlsServer, type TlsServerOptions } from '../../lab/tls-server.ts';
import type { Observation } from '../../src/core/observation.ts';
import { requires } from '../support/requires.ts';
import {
  at,
  chainOf,
  codes,
  ecdsa,
  intermediate,
  names,
  parts,
  pins,
  pinsOf,
  root,
  rsa,
  run,
} from './observe-rig.ts';

const of = (algorithm: 'ec-p521' | 'ed25519' | 'rsa-pss-2048') =>
  chainOf(intermediate.leaf({ names, algorithm }));
const tls12 = { maxVersion: 'TLSv1.2' } as const;

async function observed(options: TlsServerOptions): Promise<Observation[]> {
  const server = await run(startTlsServer(options));
  return parts().observe(at(server));
}

describe('what no app offers is broken', () => {
  test.each([
    ['DHE-RSA-AES128-GCM-SHA256', 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 1],
    ['DHE-RSA-AES256-SHA', 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA', 1],
    ['ECDHE-RSA-AES128-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 1],
    ['ECDHE-RSA-AES256-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 1],
    ['AES128-SHA256', 'TLS_RSA_WITH_AES_128_CBC_SHA256', 1],
    ['ECDHE-ECDSA-AES128-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 0],
    ['ECDHE-ECDSA-AES128-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 0],
  ])('%s', async (ciphers, suite, index) => {
    const chain = index === 0 ? ecdsa : rsa;
    const seen = await observed({ chains: [chain], ciphers, ...tls12 });
    expect(seen[index]).toMatchObject({ failure: null, negotiated: { suite, sha1: false } });
    expect(seen[index]).toMatchObject({
      broken: { code: 'tls_alert', message: expect.stringContaining(suite) },
    });
    expect(pinsOf(seen[index])).toEqual(pins(chain));
    expect(seen[1 - index]).toMatchObject({ failure: { code: 'key_type_not_served' }, evidence: 'alert' });
  });
});

describe('what only phones lack is not broken', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a P-521 key, on %s', async (version) => {
    const chain = of('ec-p521');
    const seen = await observed({ chains: [chain], minVersion: version, maxVersion: version });
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(seen[0]).toMatchObject({ broken: null, protocol: version, presented: [{ key: 'EC P-521' }, {}] });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('an RSA-PSS key, on %s', async (version) => {
    const seen = await observed({ chains: [of('rsa-pss-2048')], minVersion: version, maxVersion: version });
    expect(codes(seen)).toEqual(['key_type_not_served', 'seen']);
    expect(seen[1]).toMatchObject({ broken: null, presented: [{ key: 'RSA-PSS 2048' }, {}] });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('the group P-521 alone, on %s', async (version) => {
    const versions = { minVersion: version, maxVersion: version };
    const seen = await observed({ chains: [ecdsa], groups: 'P-521', ...versions });
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(seen[0]).toMatchObject({ broken: null, negotiated: { group: 'P-521' } });
  });

  test('except for one that also accepts static RSA, which apps offer', async () => {
    const seen = await observed({ chains: [rsa], groups: 'P-521', ...tls12 });
    expect(seen[1]).toMatchObject({ broken: null, negotiated: { group: null } });
  });

  test('SHA-1 in the key exchange of TLS 1.2', async () => {
    const options = { ciphers: 'ECDHE-RSA-AES128-SHA', schemes: 'RSA+SHA1', ...tls12 };
    const seen = await observed({ chains: [rsa], ...options });
    expect(codes(seen)).toEqual(['key_type_not_served', 'seen']);
    const suite = 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA';
    expect(seen[1]).toMatchObject({ broken: null, negotiated: { suite, group: 'X25519', sha1: true } });
  });

  test('with SHA-1 and a suite that no app offers, of which the server prefers the latter', async () => {
    const ciphers = 'DHE-RSA-AES128-SHA:ECDHE-RSA-AES128-SHA';
    const seen = await observed({ chains: [rsa], ciphers, schemes: 'RSA+SHA1', ...tls12 });
    const suite = 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA';
    expect(seen[1]).toMatchObject({ broken: null, negotiated: { suite, sha1: true } });
  });
});

describe('a server with only an Ed25519 key', () => {
  test('is reported for each key type of phones, and shown', async () => {
    const chain = of('ed25519');
    const seen = await observed({ chains: [chain] });
    const message = expect.stringMatching(/^only an Ed25519 key, which no phone accepts, is served/);
    const notServed = { failure: { code: 'key_type_not_served', message }, evidence: 'alert' };
    expect(seen).toMatchObject([notServed, notServed, { keyType: 'eddsa', failure: null, broken: null }]);
    expect(pinsOf(seen[2])).toEqual(pins(chain));
  });

  test('is not shown if no phone platform applies and it was not requested', async () => {
    const server = await run(startTlsServer({ chains: [of('ed25519')] }));
    const seen = await parts().observe({ ...at(server), platforms: [] });
    expect(codes(seen)).toEqual(['key_type_not_served', 'key_type_not_served']);
  });

  test('is seen if EdDSA is requested', async () => {
    const chain = of('ed25519');
    const server = await run(startTlsServer({ chains: [chain] }));
    const seen = await parts().observe({ ...at(server), keyTypes: ['ecdsa', 'rsa', 'eddsa'] });
    expect(codes(seen)).toEqual(['key_type_not_served', 'key_type_not_served', 'seen']);
    expect(seen[0]?.failure?.message).toMatch(/^no ECDSA key is served/);
    expect(pinsOf(seen[2])).toEqual(pins(chain));
  });
});

test('an Ed25519 key next to another one hides nothing', async () => {
  const seen = await observed({ chains: [of('ed25519'), rsa] });
  expect(codes(seen)).toEqual(['key_type_not_served', 'seen']);
  expect(pinsOf(seen[1])).toEqual(pins(rsa));
  expect(seen[0]?.failure?.message).toMatch(/^no ECDSA key is served/);
});

describe('a server that answers an app after all', () => {
  test('is judged by that answer, whatever a wide hello showed', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa, rsa] }));
    // Refuses the first four: each key type, the RSA key by its suites, and any key.
    const front = await run(
      startFront({ to: server, ending: (_, index) => (index < 4 ? { at: 'hello', by: 40 } : null) }),
    );
    const seen = await parts().observe(at(front));
    expect(seen).toMatchObject([{ broken: null }, { broken: null }]);
    expect(codes(seen)).toEqual(['seen', 'seen']);
  });

  test('unless only a hello that no app sends is let through', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const front = await run(
      startFront({
        to: server,
        ending: ({ groups }) => (groups.includes(0x0019) ? null : { at: 'hello', by: 40 }),
      }),
    );
    const [seen] = await parts().observe(at(front));
    const message = expect.stringContaining('a hello that no app sends');
    expect(seen).toMatchObject({ failure: null, broken: { code: 'tls_alert', message } });
    expect(pinsOf(seen)).toEqual(pins(ecdsa));
  });
});

test('a suite that the server prefers is not a fault if the app’s hello was only broken off', async () => {
  const ciphers = 'DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256';
  const server = await run(startTlsServer({ chains: [rsa], ciphers, ...tls12 }));
  const front = await run(
    startFront({ to: server, ending: (_, index) => (index < 4 ? { at: 'hello', by: 'reset' } : null) }),
  );
  const seen = await parts().observe(at(front));
  const suite = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
  expect(seen[1]).toMatchObject({ failure: null, broken: null, negotiated: { suite } });
});

test('a server that breaks off every app’s hello has no other fault', async () => {
  const server = await run(startTlsServer({ chains: [of('ec-p521')] }));
  const front = await run(
    startFront({
      to: server,
      ending: ({ groups }) => (groups.includes(0x0019) ? null : { at: 'hello', by: 'reset' }),
    }),
  );
  const [seen] = await parts().observe(at(front));
  expect(seen).toMatchObject({ failure: null, broken: { code: 'connection_reset' } });
});

requires('openssl')('OpenSSL’s own server', () => {
  test('that is strict about a chain that phones can’t verify answers no phone', async () => {
    const authority = root.intermediate({ algorithm: 'ec-p521' });
    const chain = [authority.leaf({ names }), authority.issued];
    const server = await run(startOpensslServer({ chains: [chain], args: ['-tls1_2', '-strict'] }));
    const [seen] = await parts().observe(at(server));
    const message = expect.stringContaining('a hello that no app sends');
    expect(seen).toMatchObject({ failure: null, broken: { code: 'tls_alert', message } });
  });
});

requires('javac')('Java’s server', () => {
  test('shows a P-521 key to a phone before it breaks off, and works with other clients', async () => {
    const chain = of('ec-p521');
    const server = await run(startJavaServer({ chains: [chain], protocols: ['TLSv1.3'] }));
    const seen = await parts().observe(at(server));
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(seen[0]).toMatchObject({ broken: null });
    expect(pinsOf(seen[0])).toEqual(pins(chain));
  });

  test('with a chain that an RSA-PSS key signed is seen as an app sees it', async () => {
    const authority = root.intermediate({ algorithm: 'rsa-pss-2048' });
    const chain = [authority.leaf({ names }), authority.issued];
    const server = await run(startJavaServer({ chains: [chain], protocols: ['TLSv1.3'] }));
    const { observe, requests } = parts();
    const seen = await observe(at(server));
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(requests.every(({ breadth }) => breadth === 'app')).toBe(true);
  });
});

test('a front can recognize a hello by its schemes', async () => {
  const server = await run(startTlsServer({ chains: [ecdsa, rsa] }));
  const front = await run(startFront({ to: server, ending: () => null }));
  await parts().observe({ ...at(front), keyTypes: ['ecdsa', 'rsa', 'eddsa'] });
  const asked = front.hellos.map((hello) => keyTypesOf(hello).join());
  expect(asked.toSorted()).toEqual(['ecdsa', 'eddsa', 'rsa', 'ecdsa,rsa,eddsa'].toSorted());
});
