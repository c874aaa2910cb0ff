import type { EphemeralKeyInfo, TLSSocket } from 'node:tls';
import type { Negotiated } from '../../core/observation.ts';

/** OpenSSL's names of the groups that have others in TLS (RFC 8422, section 5.1.1). */
const groupNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * Suite and group as far as they are known: in TLS 1.2 the suite is only after the client's answer, and neither is once
 * the connection is gone.
 */
export function readNegotiated(socket: TLSSocket): Pick<Negotiated, 'suite' | 'group'> {
  // Both are absent on a destroyed socket, whatever their declarations say.
  const cipher = socket.getCipher() as { readonly standardName?: string } | undefined;
  const key = socket.getEphemeralKeyInfo() as EphemeralKeyInfo | null;
  return { suite: cipher?.standardName ?? null, group: groupOf(key) };
}

function groupOf(key: EphemeralKeyInfo | null): string | null {
  if (key?.type === 'DH') return `DHE ${key.size}`;
  if (key?.type !== 'ECDH' || key.name === undefined) return null;
  return groupNames[key.name] ?? key.name;
}
