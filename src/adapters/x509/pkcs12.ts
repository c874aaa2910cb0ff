/**
 * PKCS#12 (RFC 7292), opened by the OpenSSL in this process. Node accepts PKCS#12 only for TLS, so an in-memory server
 * presents what is in the file, and a client reads that.
 */
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { DecodeProblem } from './der.ts';
import { type Keyring, WrongPassword } from './keyring.ts';
import { certificateItem } from './signed-items.ts';

/**
 * Every key and certificate is accepted, however weak: this connection protects nothing. In TLS 1.2 a server may sign
 * with any curve that the client offers; TLS 1.3 has no secp256k1 and Brainpool.
 */
const anyKey = {
  ciphers: 'ALL:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ecdhCurve: 'X25519:P-256:P-384:P-521:secp256k1:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:X448:P-224',
} as const;

/**
 * The certificate of the first private key, the other certificates in the file's order, then that key. Throws
 * DecodeProblem.
 */
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
        throw unread('its encryption is only in the legacy provider of OpenSSL 3', '-legacy -nodes');
      case 'ERR_CRYPTO_OPERATION_FAILED':
        throw unread('it has no private key with its certificate', '-nodes');
      default:
        throw new WrongPassword();
    }
  }
}

/** The error for a file that TLS cannot use, with the `openssl pkcs12` command that reads it. */
function unread(reason: string, options: string): DecodeProblem {
  return new DecodeProblem(
    `PKCS#12: ${reason}; openssl pkcs12 ${options} -in FILE | pinwatch pin from - reads it`,
  );
}

/** The certificates that a server with this context sends. Throws DecodeProblem. */
async function presented(secureContext: SecureContext): Promise<Buffer[]> {
  const [near, far] = duplexPair();
  const server = new TLSSocket(far, { isServer: true, secureContext });
  // Only the certificates are read: whether they are trusted does not matter.
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
