/** What a server's hello must be if the handshake is to go on here. */

import { extension, suite13 } from './client-hello.ts';
import { Cursor } from './cursor.ts';
import { p256, sharedSecret } from './curve.ts';
import { checkProtocol } from './encrypted-extensions.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { Surprise } from './surprise.ts';
import { version12, version13 } from './versions.ts';

/** The random that makes a ServerHello a HelloRetryRequest (RFC 8446, section 4.1.3). */
const retry = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

export function isRetry(random: Buffer): boolean {
  return random.equals(retry);
}

/** The shared secret of a TLS 1.3 ServerHello (RFC 8446, section 4.1.3). `body` is the message without its header. */
export function readServerHello13(body: Buffer, sessionId: Buffer): Buffer {
  const cursor = new Cursor(body);
  if (cursor.number(2) !== version12) throw new Surprise('a ServerHello of another version');
  if (isRetry(cursor.bytes(32))) throw new Surprise('a request for another share');
  if (!cursor.vector(1).equals(sessionId)) throw new Surprise("a session id that is not the client's");
  if (cursor.number(2) !== suite13) throw new Surprise('another suite');
  if (cursor.number(1) !== 0) throw new Surprise('compression');
  const extensions = readExtensions(cursor, [extension.supportedVersions, extension.keyShare]);
  cursor.expectEnd('ServerHello');
  const version = required(extensions, extension.supportedVersions);
  if (version.length !== 2 || version.readUInt16BE() !== version13) throw new Surprise('another version');
  const share = new Cursor(required(extensions, extension.keyShare));
  if (share.number(2) !== p256.group) throw new Surprise('a share of another group');
  const point = share.vector(2);
  share.expectEnd('key share');
  return sharedSecret(p256, point);
}

/** What the last bytes of the random say of a server that has TLS 1.3 as well (RFC 8446, section 4.1.3), up to the last one. */
const downgraded = Buffer.from('DOWNGRD', 'latin1');

export interface ServerHello12 {
  readonly random: Buffer;
  readonly suite: number;
  readonly isExtended: boolean;
}

/** A TLS 1.2 ServerHello (RFC 5246, section 7.4.1.3). */
export function readServerHello12(body: Buffer, alpn: readonly string[]): ServerHello12 {
  const cursor = new Cursor(body);
  if (cursor.number(2) !== version12) throw new Surprise('a ServerHello of another version');
  const random = cursor.bytes(32);
  if (random.subarray(24, 31).equals(downgraded)) throw new Surprise('a server that has another version');
  if (cursor.vector(1).length > 32) throw new Surprise('too long a session id');
  const suite = cursor.number(2);
  if (cursor.number(1) !== 0) throw new Surprise('compression');
  const allowed = [
    ...[
      extension.serverName,
      extension.pointFormats,
      extension.extendedMasterSecret,
      extension.renegotiationInfo,
    ],
    ...(alpn.length > 0 ? [extension.alpn] : []),
  ];
  const extensions: Extensions = cursor.isDone ? new Map() : readExtensions(cursor, allowed);
  cursor.expectEnd('ServerHello');
  for (const type of [extension.serverName, extension.extendedMasterSecret]) {
    if ((extensions.get(type)?.length ?? 0) > 0) throw new Surprise('more than a plain yes');
  }
  const formats = extensions.get(extension.pointFormats);
  if (formats !== undefined && !formats.subarray(1).includes(0)) throw new Surprise('other forms of points');
  const renegotiation = extensions.get(extension.renegotiationInfo);
  if (renegotiation !== undefined && !renegotiation.equals(Buffer.of(0)))
    throw new Surprise('a renegotiation');
  checkProtocol(extensions.get(extension.alpn), alpn);
  return { random, suite, isExtended: extensions.has(extension.extendedMasterSecret) };
}

function required(extensions: Extensions, type: number): Buffer {
  const body = extensions.get(type);
  if (body === undefined) throw new Surprise('a ServerHello without an extension that it must have');
  return body;
}
