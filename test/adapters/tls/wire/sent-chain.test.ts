import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { createRoot, type Issued } from '../../../../lab/authority.ts';
import { generator } from '../../../../lab/generator.ts';
import { startOpensslServer } from '../../../../lab/openssl.ts';
import { startTlsServer } from '../../../../lab/tls-server.ts';
import { createHandshaker } from '../../../../src/adapters/tls/handshaker.ts';
import { sentChain } from '../../../../src/adapters/tls/wire/sent-chain.ts';
import { tap } from '../../../../src/adapters/tls/wire/tap.ts';
import { requires } from '../../../support/requires.ts';

const host = 'api.example.com';
const root = createRoot();
const authority = root.intermediate();
const leaf = authority.leaf({ names: [host] });
/** Not in the order of issuing, with a stray and a duplicate. */
const odd = [leaf, root.issued, createRoot().issued, authority.issued, root.issued];
/** As text: compared byte by byte, thousands of chains would take most of this file's time. */
const hex = (chain: readonly Uint8Array[] | null) =>
  chain?.map((der) => Buffer.from(der).toString('hex')) ?? null;
const issued = (chain: readonly Issued[]) => hex(chain.map(({ der }) => der));

/** All that a server says in a handshake, and its secret. */
async function heard(port: number, options: { readonly ciphers?: string; readonly curves?: string } = {}) {
  const tcp = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  const { stream, received } = tap(tcp, 1024 * 1024);
  const tls = connectTls({
    ...{ socket: stream, servername: host, rejectUnauthorized: false, requestOCSP: true },
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    ...(options.curves === undefined ? {} : { ecdhCurve: options.curves }),
  });
  let secret: Buffer | null = null;
  tls.on('keylog', (line: Buffer) => {
    const [label, , value = ''] = line.toString('latin1').trimEnd().split(' ');
    if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET') secret = Buffer.from(value, 'hex');
  });
  try {
    await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject));
    const said = received();
    if (said === null) throw new Error('expected less than 1 MB');
    return { said, secret: secret as Buffer | null, suite: tls.getCipher().standardName };
  } finally {
    tls.destroy();
    tcp.destroy();
  }
}

requires('openssl')('the chain in what a server says', () => {
  test.each([
    ['TLS 1.2', ['-tls1_2'], {}, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['AES-128', ['-tls1_3'], { ciphers: 'TLS_AES_128_GCM_SHA256' }, 'TLS_AES_128_GCM_SHA256'],
    ['AES-256', ['-tls1_3'], { ciphers: 'TLS_AES_256_GCM_SHA384' }, 'TLS_AES_256_GCM_SHA384'],
    ['ChaCha20', ['-tls1_3'], { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }, 'TLS_CHACHA20_POLY1305_SHA256'],
    ['another share', ['-tls1_3', '-groups', 'P-384'], { curves: 'P-256:P-384' }, /^TLS_/],
    ['a client certificate wanted', ['-tls1_3', '-verify', '1'], {}, /^TLS_/],
    ['small records', ['-tls1_3', '-split_send_frag', '512', '-max_send_frag', '512'], {}, /^TLS_/],
  ] as const)('%s: as it was sent, with strays and duplicates', async (_name, args, options, suite) => {
    const ciphers = args[0] === '-tls1_2' ? { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } : options;
    const server = await startOpensslServer({ chains: [odd], args });
    try {
      const { said, secret, suite: spoken } = await heard(server.port, ciphers);
      expect(spoken).toMatch(suite);
      const sent = issued(odd);
      expect(hex(sentChain(said, secret))).toEqual(sent);
      // Whatever has not arrived yet, or was damaged: nothing, or the same.
      const next = generator(7);
      for (let end = 0; end < said.length; end += 1 + Math.floor(next() * 40)) {
        expect(hex(sentChain(said.subarray(0, end), secret)) ?? sent).toEqual(sent);
      }
      for (let turn = 0; turn < 300; turn += 1) {
        const damaged = Buffer.from(said);
        const at = Math.floor(next() * said.length);
        damaged[at] = (damaged[at] ?? 0) ^ (1 + Math.floor(next() * 255));
        const found = hex(sentChain(damaged, secret));
        if (secret !== null && found !== null) expect(found).toEqual(sent);
      }
      if (secret !== null) expect(sentChain(said, Buffer.alloc(secret.length))).toBeNull();
    } finally {
      await server.close();
    }
  });

  test('handshakes leave nothing behind', async () => {
    const chain = [leaf, ...Array.from({ length: 15 }, () => authority.issued)];
    const server = await startTlsServer({ chains: [chain] });
    try {
      const handshaker = createHandshaker();
      const sent = issued(chain);
      const never = new AbortController().signal;
      const timeouts = { connectTimeoutMs: 5_000, handshakeTimeoutMs: 5_000, timeoutMs: 10_000 };
      const one = async () => {
        const request = { address: '127.0.0.1', port: server.port, host, alpn: [], ...timeouts };
        const outcome = await handshaker.handshake({ ...request, offer: 'any', breadth: 'app' }, never);
        expect(outcome.failure).toBeNull();
        expect(outcome.failure === null && hex(outcome.chain)).toEqual(sent);
      };
      const shake = async (rounds: number) => {
        for (let made = 0; made < rounds; made += 1) await Promise.all(Array.from({ length: 20 }, one));
        return process.memoryUsage().rss / 2 ** 20;
      };
      const before = await shake(15);
      // 45 MB, if 5 KB of each certificate after the first stayed.
      expect((await shake(20)) - before).toBeLessThan(20);
    } finally {
      await server.close();
    }
  });
});
