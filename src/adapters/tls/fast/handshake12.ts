/**
 * The client's side of a full TLS 1.2 handshake (RFC 5246, section 7.3), over bytes alone: the server's flight in, the last
 * words out. It goes on while everything is as known; else it throws a Surprise.
 *
 *   ServerHello ▶ Certificate (the known chain) ▶ ServerKeyExchange (signed by its key) ▶ ServerHelloDone
 *
 * The signature is over both randoms, and so is the proof. The client then finishes the handshake and says goodbye,
 * for the sake of the server's log, and does not wait for the server's Finished.
 */
import { appSchemes } from '../offers.ts';
import { readCertificates } from './certificate-list.ts';
import { clientHello12, type HelloRequest, message, suite12, vector } from './client-hello.ts';
import { Cursor } from './cursor.ts';
import { type Curve, p256, p384, sharedSecret } from './curve.ts';
import type { Dialogue, Known, Proof, Room } from './dialogue.ts';
import { clientKeys, masterSecret, verifyData } from './key-schedule12.ts';
import { seal12 } from './protection.ts';
import { changeCipherSpec, closeNotify, recordAt, recordHeader, recordType } from './records.ts';
import { checkSignature } from './schemes.ts';
import { readServerHello12, type ServerHello12 } from './server-hello.ts';
import type { ServerKey } from './server-key.ts';
import { Surprise } from './surprise.ts';
import { type Message, messageType, Transcript } from './transcript.ts';
import { version12 } from './versions.ts';

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

export function converse12(request: HelloRequest, known: Known, room: Room): Dialogue {
  const { hello, random } = clientHello12(request);
  const { received } = room;
  const transcript = new Transcript(room.transcript);
  transcript.say(hello);
  let server: ServerHello12 | undefined;
  let chain: Proof['chain'] = [];
  let exchange: KeyExchange | undefined;
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

  const finish = (
    { random: serverRandom, isExtended }: ServerHello12,
    { curve, shared }: KeyExchange,
  ): Buffer => {
    const share = message(messageType.clientKeyExchange, [vector(1, curve.generator)]);
    transcript.say(share);
    const hash = transcript.hash();
    const seed = isExtended ? hash : Buffer.concat([random, serverRandom]);
    const master = masterSecret(shared, isExtended, seed);
    const finished = message(messageType.finished, [verifyData(master, hash)]);
    const keys = clientKeys(master, random, serverRandom);
    return Buffer.concat([
      ...[recordHeader(recordType.handshake, share.length), share, changeCipherSpec],
      seal12(keys, 0, recordType.handshake, finished),
      seal12(keys, 1, recordType.alert, closeNotify),
    ]);
  };

  return {
    opening: Buffer.concat([recordHeader(recordType.handshake, hello.length, 0x0301), hello]),
    receive(filled) {
      for (
        let record = recordAt(received, at, filled);
        record !== null;
        record = recordAt(received, at, filled)
      ) {
        at = record.end;
        if (record.type !== recordType.handshake) throw new Surprise('something else than the handshake');
        transcript.hear(received.subarray(record.start, record.end));
        for (let next = transcript.next(); next !== null; next = transcript.next()) hear(next);
        if (step === flight.length && server !== undefined && exchange !== undefined) {
          if (!transcript.isAligned || at < filled) throw new Surprise('more than the flight');
          return { chain, farewell: finish(server, exchange) };
        }
      }
      return null;
    },
  };
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
