import { extension } from './client-hello.ts';
import { Cursor } from './cursor.ts';
import { readExtensions } from './extensions.ts';
import { Surprise } from './surprise.ts';

/** Checks what a server says to the hello's other extensions (RFC 8446, section 4.3.1). */
export function checkEncryptedExtensions(body: Buffer, alpn: readonly string[]): void {
  const cursor = new Cursor(body);
  const allowed = [
    extension.serverName,
    extension.supportedGroups,
    ...(alpn.length > 0 ? [extension.alpn] : []),
  ];
  const extensions = readExtensions(cursor, allowed);
  cursor.expectEnd('EncryptedExtensions');
  const name = extensions.get(extension.serverName);
  if (name !== undefined && name.length > 0) throw new Surprise('an answer to the server name');
  checkProtocol(extensions.get(extension.alpn), alpn);
}

/** A server chooses one of the protocols that were offered, or keeps silent (RFC 7301, section 3.1). */
export function checkProtocol(chosen: Buffer | undefined, alpn: readonly string[]): void {
  if (chosen === undefined) return;
  const list = new Cursor(chosen).within(2);
  const name = list.vector(1).toString('latin1');
  list.expectEnd('ALPN');
  if (!alpn.includes(name)) throw new Surprise('an application protocol that was not offered');
}
