/**
 * Asks a server whether it still refuses a kind of key: an app's hello, to which an alert is all of the answer. Any other
 * answer is a surprise.
 */
import { clientHelloOfApps, type HelloRequest } from './client-hello.ts';
import type { Dialogue, Room } from './dialogue.ts';
import { helloRecord, recordHeaderBytes, recordType } from './records.ts';
import { Surprise } from './surprise.ts';

/** The number of an alert (RFC 8446, section 6). */
export type Alert = number;

/** Those that mean that a server declined what was offered, as in `handshakeFailure`. */
const refusals: ReadonlySet<Alert> = new Set([40 /* handshake_failure */, 71 /* insufficient_security */]);

const nothing = Buffer.alloc(0);
const fatal = 2;
const alertBytes = 2;

export function converseRefused(request: HelloRequest, { received }: Room, fresh: Buffer): Dialogue<Alert> {
  const hello = clientHelloOfApps(request, fresh);
  return {
    opening: helloRecord(hello),
    receive(filled) {
      if (filled > 0 && received[0] !== recordType.alert) throw new Surprise('something else than an alert');
      if (filled < recordHeaderBytes + alertBytes) return null;
      // Of any version: none has been agreed on yet.
      const isAlert = received[1] === 3 && received.readUInt16BE(3) === alertBytes && received[5] === fatal;
      const description = received.readUInt8(6);
      if (!isAlert || !refusals.has(description)) throw new Surprise('another alert than a refusal');
      return { say: nothing, shown: description };
    },
  };
}
