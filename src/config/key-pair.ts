import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { readNamedFile } from './secret-url.ts';

/** PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate with its intermediates and its private key, from the files that a section names. */
export function readKeyPair(
  reader: Reader,
  section: Place,
  { certFile, keyFile }: { readonly certFile: Place; readonly keyFile: Place },
  outside: Outside,
): KeyPair | null {
  const certExpected = 'a PEM file with the certificate and its intermediates';
  const keyExpected = 'a PEM file with the private key, without a password';
  const cert = readPem(reader, certFile, certExpected, outside);
  const key = readPem(reader, keyFile, keyExpected, outside);
  if (cert === undefined || key === undefined) return null;
  const certificate = attempt(() => new X509Certificate(cert));
  const privateKey = attempt(() => createPrivateKey(key));
  if (certificate === null) reader.fail(certFile.path, `expected ${certExpected}, found none`);
  if (privateKey === null) reader.fail(keyFile.path, `expected ${keyExpected}, found none`);
  if (certificate === null || privateKey === null) return null;
  if (!certificate.checkPrivateKey(privateKey)) {
    reader.fail(
      keyFile.path,
      `expected the private key of the certificate in ${certFile.path}, found another`,
    );
    return null;
  }
  try {
    // As TLS will use it: an unreadable intermediate or a key that is too short shows only here.
    createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reader.fail(
      section.path,
      `expected a usable certificate and key: OpenSSL refuses them (${code ?? message})`,
    );
  }
  return { cert, key };
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    // OpenSSL's message names the missing bytes; the caller's names the file.
    return null;
  }
}

function readPem(reader: Reader, place: Place, expected: string, outside: Outside): string | undefined {
  if (place.raw === undefined) return reader.expected(place, expected);
  const file = readNamedFile(reader, place, outside);
  return file === undefined ? undefined : new TextDecoder().decode(file);
}
