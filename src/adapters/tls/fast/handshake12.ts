/**
 * The client's side of a full TLS 1.2 handshake (RFC 5246, section 7.3), over bytes alone: what the server says in, what the
 * client says out. It goes on while everything is as known; else it throws a Surprise.
 *
 *   ServerHello ▶ Certificate (the known chain) ▶ ServerKeyExchange (signed by its key) ▶ ServerHelloDone
 *   ◀ ClientKeyExchange ◀ ChangeCipherSpec ◀ Finished
 *   ChangeCipherSpec ▶ Finished
 *
 * The signature is over both randoms: that is the proof. Only the server's Finished tells that nobody changed the rest.
 */
import { appSchemes } from '../offers.ts';
import { readCertificates } from './certificate-list.ts';
import { clientHello12, type HelloRequest, suite12 } from './client-hello.ts';
import { Cursor } from './cursor.ts';
import { type Curve, p256, p384, sharedSecret } from './curve.ts';
import type { Dialogue, Known, Room, Turn } from './dialogue.ts';
import { message, vector } from './encode.ts';
import { keysOf, masterSecret, verifyData } from './key-schedule12.ts';
import { open12, seal12, sealedBytes12 } from './protection.ts';
import {
  changeCipherSpec,
  closeNotify,
  helloRecord,
  recordAt,
  recordHeaderBytes,
  recordType,
  type TlsRecord,
  writeRecordHeader,
} from './records.ts';
import { checkSignature } from './schemes.ts';
import { readServerHello12, type ServerHello12 } from './server-hello.ts';
import type { ServerKey } from './server-key.ts';
import { Surprise } from './surprise.ts';
import { type Message, messageType, Transcript } from './transcript.ts';
import { version12 } from './versions.ts';
import { bytesOf, isSame, writeWords } from './words.ts';

/** In this order, and nothing between them: a stapled answer or a request for a client certificate is a surprise. */
const flight = [
  messageType.serverHello,
  messageType.certificate,
  messageType.serverKeyExchange,
  messageType.serverHelloDone,
] as const;

/** A curve that goes by its name (RFC 8422, section 5.4). */
const namedCurve = 3;

interface KeyExchange {
  readonly curve: Curve;
  readonly shared: Buffer;
}

export function converse12(request: HelloRequest, known: Known, room: Room, fresh: Buffer): Dialogue {
  const { hello, random } = clientHello12(request, fresh);
  const { received } = room;
  const transcript = new Transcript(room.transcript);
  transcript.say(hello);
  let server: ServerHello12 | undefined;
  let chain: Turn['shown'] = null;
  let exchange: KeyExchange | undefined;
  let closing: Closing | undefined;
  let isCipherChanged = false;
  let at = 0;
  let step = 0;

  const hear = ({ type, body }: Message) => {
    if (type !== flight[step]) throw new Surprise('a message out of turn');
    step += 1;
    switch (type) {
      case messageType.serverHello:
        server = readServerHello12(body, request.alpn);
        if (server.suite !== suiteOf(known.key)) throw new Surprise('another suite');
        break;
      case messageType.certificate: {
        const sent = readCertificates(body, version12);
        if (sent.fingerprint !== known.fingerprint) throw new Surprise('another chain');
        chain = sent.chain;
        break;
      }
      case messageType.serverKeyExchange: {
        const randoms = Buffer.concat([random, server?.random ?? Buffer.alloc(0)]);
        exchange = readKeyExchange(body, randoms, known.key, appSchemes[request.offer]);
        break;
      }
      default:
        if (body.length > 0) throw new Surprise('more than an end of the flight');
    }
  };

  const hearClear = (content: Buffer): Turn | null => {
    transcript.hear(content);
    for (let next = transcript.next(); next !== null; next = transcript.next()) hear(next);
    if (step < flight.length || server === undefined || exchange === undefined) return null;
    if (!transcript.isAligned) throw new Surprise('more than the flight');
    const end = endOf(transcript, random, server, exchange);
    closing = end.closing;
    return { say: end.say, shown: null };
  };

  const hearProtected = (record: TlsRecord, { keys, expected }: Closing): Turn => {
    if (!isCipherChanged) throw new Surprise('a record in the clear');
    const message = open12(keys.server, received, record);
    const isFinished = isSame(message.subarray(0, finishedHeader.length), [finishedHeader.readInt32BE()]);
    if (!isFinished || !isSame(message.subarray(finishedHeader.length), expected))
      throw new Surprise('a Finished that does not fit the handshake');
    const say = Buffer.allocUnsafe(sealedBytes12 + closeNotify.length);
    seal12(keys.client, 1, recordType.alert, closeNotify, say, 0);
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
        const { type, start, end } = record;
        if (type === recordType.handshake) {
          const turn =
            closing === undefined ? hearClear(received.subarray(start, end)) : hearProtected(record, closing);
          if (turn !== null) return turn;
        } else if (type === recordType.changeCipherSpec && closing !== undefined && !isCipherChanged) {
          if (end - start !== 1 || received[start] !== 1)
            throw new Surprise('a change of ciphers of another form');
          isCipherChanged = true;
        } else {
          throw new Surprise('a record out of turn');
        }
      }
      return null;
    },
  };
}

/** What is left once the client has finished. */
interface Closing {
  readonly keys: ReturnType<typeof keysOf>;
  /** What the server's Finished says. */
  readonly expected: readonly number[];
}

const finishedBytes = 12;
const finishedHeader = Buffer.of(messageType.finished, 0, 0, finishedBytes);
/** A Finished with room for its words. */
const finished = Buffer.concat([finishedHeader, Buffer.alloc(finishedBytes)]);

/** The client's last flight, and what must answer it. */
function endOf(
  transcript: Transcript,
  random: Buffer,
  { random: serverRandom, isExtended }: ServerHello12,
  { curve, shared }: KeyExchange,
): { readonly say: Buffer; readonly closing: Closing } {
  const share = message(messageType.clientKeyExchange, [vector(1, curve.generator)]);
  transcript.say(share);
  const hash = bytesOf(transcript.hash());
  const master = masterSecret(shared, isExtended, isExtended ? hash : Buffer.concat([random, serverRandom]));
  const keys = keysOf(master, Buffer.concat([serverRandom, random]));
  writeWords(verifyData(master, 'client', hash), finished, finishedHeader.length);
  transcript.say(finished);
  const say = Buffer.allocUnsafe(
    recordHeaderBytes + share.length + changeCipherSpec.length + sealedBytes12 + finished.length,
  );
  let at = writeRecordHeader(recordType.handshake, share.length, say, 0);
  at += share.copy(say, at);
  say.set(changeCipherSpec, at);
  seal12(keys.client, 0, recordType.handshake, finished, say, at + changeCipherSpec.length);
  return { say, closing: { keys, expected: verifyData(master, 'server', bytesOf(transcript.hash())) } };
}

function suiteOf({ type }: ServerKey): number {
  return type === 'rsa' ? suite12.rsa : suite12.ecdsa;
}

/** A ServerKeyExchange (RFC 8422, section 5.4): checked to be signed by the key, over both randoms. */
function readKeyExchange(
  body: Buffer,
  randoms: Buffer,
  key: ServerKey,
  offered: readonly string[],
): KeyExchange {
  const cursor = new Cursor(body);
  if (cursor.number(1) !== namedCurve) throw new Surprise('a curve without a name');
  const group = cursor.number(2);
  const curve = [p256, p384].find((one) => one.group === group);
  if (curve === undefined) throw new Surprise('another group');
  const point = cursor.vector(1);
  const code = cursor.number(2);
  const signature = cursor.vector(2);
  cursor.expectEnd('ServerKeyExchange');
  const shared = sharedSecret(curve, point);
  const content = Buffer.concat([randoms, body.subarray(0, 4 + point.length)]);
  checkSignature({ code, signature, content }, key, offered, version12);
  return { curve, shared };
}
