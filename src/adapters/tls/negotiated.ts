import type { EphemeralKeyInfo, TLSSocket } from 'node:tls';

/** OpenSSL's names of the groups whose names differ in TLS (RFC 8422, section 5.1.1). */
const groupNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** IANA's name of the cipher suite. Null on a destroyed socket, and in TLS 1.2 until the client has answered the server. */
export function readSuite(socket: TLSSocket): string | null {
  const cipher = socket.getCipher() as { readonly standardName?: string } | undefined;
  return cipher?.standardName ?? null;
}

/** The group of the key exchange, as in `Negotiated`: known when the server's chain is. Null on a destroyed socket. */
export function readGroup(socket: TLSSocket): string | null {
  const key = socket.getEphemeralKeyInfo() as EphemeralKeyInfo | null;
  if (key?.type === 'DH') return `DHE ${key.size}`;
  if (key?.type !== 'ECDH' || key.name === undefined) return null;
  return groupNames[key.name] ?? key.name;
}
