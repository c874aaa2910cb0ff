/**
 * The client's side of a full TLS 1.3 handshake (RFC 8446, section 2), over bytes alone: the server's flight in, the last words
 * out. It goes on while everything is as known; else it throws a Surprise.
 *
 *   ServerHello ▶ EncryptedExtensions ▶ Certificate (the known chain) ▶ CertificateVerify (by its key) ▶ Finished
 *
 * It ends with the client's Finished and a close_notify: servers that are left before, or in the middle of what they say
 * next, log an error (Go's net/http and its HTTP/2 do).
 */
import { appSchemes } from '../offers.ts';
import { readCertificates } from './certificate-list.ts';
import { clientHello13, type HelloRequest } from './client-hello.ts';
import { Cursor } from './cursor.ts';
import type { Dialogue, Known, Room, Turn } from './dialogue.ts';
import { checkEncryptedExtensions } from './encrypted-extensions.ts';
import { keySchedule, type Secrets, trafficKeys, verifyData } from './key-schedule.ts';
import { Opener, seal, sealedBytes } from './protection.ts';
import {
  changeCipherSpec,
  closeNotify,
  helloRecord,
  recordAt,
  recordType,
  type TlsRecord,
} from './records.ts';
import { checkSignature } from './schemes.ts';
import { readServerHello13 } from './server-hello.ts';
import { digestAt } from './sha256.ts';
import { Surprise } from './surprise.ts';
import { type Message, messageType, Transcript } from './transcript.ts';
import { version13 } from './versions.ts';
import { isSame, writeWords } from './words.ts';

/**
 * What is signed: this and the hash of the transcript (RFC 8446, section 4.4.3). In one place, which each signature's check is
 * done with when it returns.
 */
const signed = Buffer.concat([
  Buffer.alloc(64, 0x20),
  Buffer.from('TLS 1.3, server CertificateVerify\0', 'latin1'),
  Buffer.alloc(32),
]);

const finishedBytes = 32;
const messageHeaderBytes = 4;
/** A Finished with room for its words. */
const finished = Buffer.alloc(messageHeaderBytes + finishedBytes);
finished.writeUInt32BE(messageType.finished * 2 ** 24 + finishedBytes);

const farewellBytes =
  changeCipherSpec.length + sealedBytes + finished.length + sealedBytes + closeNotify.length;

/** In this order, and nothing between them: a request for a client certificate is a surprise. */
const flight = [
  messageType.encryptedExtensions,
  messageType.certificate,
  messageType.certificateVerify,
  messageType.finished,
] as const;

export function converse13(request: HelloRequest, known: Known, room: Room, fresh: Buffer): Dialogue {
  const { hello, sessionId } = clientHello13(request, fresh);
  const { received } = room;
  const transcript = new Transcript(room.transcript);
  transcript.say(hello);
  let secrets: Secrets | null = null;
  let opener: Opener | null = null;
  let chain: Turn['shown'] = null;
  let at = 0;
  let opened = 0;
  let isCipherChanged = false;
  let step = 0;

  const hearHello = ({ type, start, end: recordEnd }: TlsRecord) => {
    if (type !== recordType.handshake) throw new Surprise('something else than a ServerHello');
    transcript.hear(received.subarray(start, recordEnd));
    const serverHello = transcript.next();
    if (serverHello === null) return;
    if (serverHello.type !== messageType.serverHello)
      throw new Surprise('another message than a ServerHello');
    // The keys change here: nothing may go with it (RFC 8446, section 5.1).
    if (!transcript.isAligned) throw new Surprise('more than a ServerHello in the clear');
    const shared = readServerHello13(serverHello.body, sessionId);
    secrets = keySchedule(digestAt(shared, 0), transcript.hash());
    opener = new Opener(trafficKeys(secrets.server));
  };

  const hearSealed = (by: Opener, record: TlsRecord) => {
    transcript.hearFrom((to, place) => by.open(opened, received, record, to, place));
    opened += 1;
  };

  const hearMessage = ({ type, body, start }: Message) => {
    if (type !== flight[step]) throw new Surprise('a message out of turn');
    step += 1;
    switch (type) {
      case messageType.encryptedExtensions:
        checkEncryptedExtensions(body, request.alpn);
        break;
      case messageType.certificate: {
        const sent = readCertificates(body, version13);
        if (sent.fingerprint !== known.fingerprint) throw new Surprise('another chain');
        chain = sent.chain;
        break;
      }
      case messageType.certificateVerify: {
        const cursor = new Cursor(body);
        const code = cursor.number(2);
        const signature = cursor.vector(2);
        cursor.expectEnd('CertificateVerify');
        writeWords(transcript.hash(start), signed, signed.length - 32);
        checkSignature({ code, signature, content: signed }, known.key, appSchemes[request.offer], version13);
        break;
      }
      default:
    }
  };

  /** Of the record with the server's Finished. */
  const end = ({ body, start }: Message, { client, server, afterwards }: Secrets): Turn => {
    if (!transcript.isAligned) throw new Surprise('more than a Finished under the keys of the handshake');
    const expected = verifyData(server, transcript.hash(start));
    if (!isSame(body, expected)) throw new Surprise('a Finished that does not fit the handshake');
    const hash = transcript.hash();
    writeWords(verifyData(client, hash), finished, messageHeaderBytes);
    const say = Buffer.allocUnsafe(farewellBytes);
    say.set(changeCipherSpec); // some middleboxes want it (RFC 8446, appendix D.4)
    const at = seal(trafficKeys(client), recordType.handshake, finished, say, changeCipherSpec.length);
    seal(trafficKeys(afterwards(hash)), recordType.alert, closeNotify, say, at);
    return { say, shown: chain };
  };

  return {
    opening: helloRecord(hello),
    receive(filled) {
      for (
        let record = recordAt(received, at, filled);
        record !== null;
        record = recordAt(received, at, filled)
      ) {
        at = record.end;
        if (secrets === null || opener === null) {
          hearHello(record);
        } else if (record.type === recordType.changeCipherSpec) {
          const isPlain = record.end - record.start === 1 && received[record.start] === 1;
          if (isCipherChanged || opened > 0 || !isPlain) {
            throw new Surprise('a change of ciphers out of turn');
          }
          isCipherChanged = true;
        } else {
          if (record.type !== recordType.applicationData) throw new Surprise('a record in the clear');
          hearSealed(opener, record);
          for (let next = transcript.next(); next !== null; next = transcript.next()) {
            hearMessage(next);
            if (next.type === messageType.finished) return end(next, secrets);
          }
        }
      }
      return null;
    },
  };
}
