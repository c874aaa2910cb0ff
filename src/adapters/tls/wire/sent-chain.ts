/**
 * The chain that a server sent, out of the bytes of a handshake that OpenSSL makes.
 *
 * `getPeerX509Certificate()` has it too, but never frees the certificates after the first: 5 KB for each of them at each
 * handshake (Node 20 and 24). `getPeerCertificate(true)` has not the chain as it was sent.
 */
import { readCertificates } from '../fast/certificate-list.ts';
import { extension } from '../fast/client-hello.ts';
import { Cursor } from '../fast/cursor.ts';
import { openRecord, type RecordKeys } from '../fast/protection.ts';
import { recordAt, recordType } from '../fast/records.ts';
import { isRetry } from '../fast/server-hello.ts';
import { Surprise } from '../fast/surprise.ts';
import { type Message, messageType, Transcript } from '../fast/transcript.ts';
import { version12, version13 } from '../fast/versions.ts';
import { serverKeys } from './server-keys.ts';

/**
 * `received` is all that the server has sent so far. `secret` is its handshake traffic secret, null if there is none (TLS 1.2, or
 * too early). Null if there is no chain in it yet, or if it is not TLS 1.2 or 1.3 as it is usually spoken.
 */
export function sentChain(received: Buffer, secret: Uint8Array | null): readonly Uint8Array[] | null {
  try {
    const messages = new Transcript(Buffer.allocUnsafe(received.length));
    return read(received, secret, messages);
  } catch (error) {
    if (error instanceof Surprise) return null;
    throw error;
  }
}

function read(
  received: Buffer,
  secret: Uint8Array | null,
  messages: Transcript,
): readonly Uint8Array[] | null {
  let hello: ServerHello | null = null;
  let keys: RecordKeys | null = null;
  let opened = 0;
  let at = 0;
  for (
    let record = recordAt(received, at, received.length);
    record !== null;
    record = recordAt(received, at, received.length)
  ) {
    at = record.end;
    const content = received.subarray(record.start, record.end);
    if (record.type === recordType.changeCipherSpec) continue;
    if (keys !== null) {
      if (record.type !== recordType.applicationData) throw new Surprise('a record in the clear');
      const [of, sequence, sealed] = [keys, opened, record];
      messages.hearFrom((room, to) => openRecord(of, sequence, received, sealed, room, to));
      opened += 1;
    } else {
      if (record.type !== recordType.handshake) throw new Surprise('something else than a handshake');
      messages.hear(content);
    }
    for (let message = messages.next(); message !== null; message = messages.next()) {
      if (hello === null) {
        hello = readServerHello(message);
        if (hello === null || hello.version === version12) continue;
        // The keys change here (RFC 8446, section 5.1).
        if (!messages.isAligned || secret === null) return null;
        keys = serverKeys(hello.suite, secret);
      } else if (message.type === messageType.certificate) {
        return readCertificates(message.body, hello.version, true).chain;
      }
    }
  }
  return null;
}

interface ServerHello {
  readonly version: typeof version12 | typeof version13;
  readonly suite: number;
}

/** Null for a HelloRetryRequest: another one follows. */
function readServerHello({ type, body }: Message): ServerHello | null {
  if (type !== messageType.serverHello) throw new Surprise('another message than a ServerHello');
  const cursor = new Cursor(body);
  if (cursor.number(2) !== version12) throw new Surprise('a ServerHello of another version');
  if (isRetry(cursor.bytes(32))) return null;
  cursor.vector(1); // the session
  const suite = cursor.number(2);
  cursor.number(1); // compression
  const extensions = cursor.isDone ? null : cursor.within(2);
  while (extensions !== null && !extensions.isDone) {
    const isVersion = extensions.number(2) === extension.supportedVersions;
    const value = extensions.vector(2);
    if (isVersion && value.length === 2 && value.readUInt16BE() === version13)
      return { version: version13, suite };
  }
  return { version: version12, suite };
}
