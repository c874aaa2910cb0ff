/**
 * PKCS#12 (RFC 7292), opened by the OpenSSL in this process. Node gives a PKCS#12 file to TLS and to nothing else, so a
 * server in memory presents what is in it, and a client beside it reads that.
 */
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { DecodeProblem } from './der.ts';
import { type Keyring, WrongPassword } from './keyring.ts';
import { certificateItem } from './signed-items.ts';

/**
 * Every key and certificate counts, however weak: nothing is protected by this connection. In TLS 1.2 a server may sign with
 * any curve that its client offers, where TLS 1.3 leaves secp256k1 and Brainpool out.
 */
const anyKey = {
  ciphers: 'ALL:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ecdhCurve: 'X25519:P-256:P-384:P-521:secp256k1:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:X448:P-224',
} as const;

/** The certificate of the first private key, every other one in the file's order, then that key. Throws DecodeProblem. */
export async function readPkcs12(
  pfx: Buffer,
  keyring: Keyring,
  collect: (item: PinSourceItem) => void,
): Promise<void> {
  const context = await keyring.unlock((passphrase) => opened(pfx, passphrase));
  const items = (await presented(context)).map(certificateItem);
  for (const item of items) collect(item);
  const [own] = items;
  if (own === undefined) throw unread('it has no certificate', '-nodes');
  // OpenSSL has checked that they belong together.
  const { pin, key } = own;
  collect({
    ...{ kind: 'private-key', pin, key },
    ...{ subject: null, issuer: null, notAfter: null, certificateSha256: null },
  });
}

/** Throws WrongPassword and DecodeProblem. */
function opened(pfx: Buffer, passphrase: string): SecureContext {
  try {
    return createSecureContext({ ...anyKey, pfx, passphrase });
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'ERR_CRYPTO_UNSUPPORTED_OPERATION':
        throw unread(
          'it is encrypted in a way that OpenSSL 3 has only in its legacy provider',
          '-legacy -nodes',
        );
      case 'ERR_CRYPTO_OPERATION_FAILED':
        throw unread('it has no private key with its certificate', '-nodes');
      default:
        throw new WrongPassword();
    }
  }
}

/** What `openssl pkcs12` can do with a file that TLS has no use for. */
function unread(reason: string, options: string): DecodeProblem {
  return new DecodeProblem(
    `PKCS#12: ${reason}; openssl pkcs12 ${options} -in FILE | pinwatch pin from - reads it`,
  );
}

/** The certificates that a server with this context sends. Throws DecodeProblem. */
async function presented(secureContext: SecureContext): Promise<Buffer[]> {
  const [near, far] = duplexPair();
  const server = new TLSSocket(far, { isServer: true, secureContext });
  // The certificates are looked at, and nothing else is: whom they belong to plays no part.
  const client = connect({ ...anyKey, socket: near, rejectUnauthorized: false });
  server.once('error', (error) => client.destroy(error));
  try {
    await once(client, 'secureConnect');
    const certificates: Buffer[] = [];
    // In the order in which they were sent; getPeerCertificate() would leave out those that issued none of the others.
    for (let next = client.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
      certificates.push(Buffer.from(next.raw));
    }
    return certificates;
  } catch (error) {
    throw unread(`TLS cannot use it (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, '-nodes');
  } finally {
    client.destroy();
    server.destroy();
  }
}
