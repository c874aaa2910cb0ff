/**
 * An app's ClientHello, cut down to what every server can answer at once: one version, one suite, one group with its share.
 *
 * - TLS 1.3: TLS_AES_128_GCM_SHA256 and P-256, which every server must have (RFC 8446, section 9.1). With further groups some
 *   would ask for another share, with further suites some would pick one that costs more.
 * - No PSK modes, so that the server sends no tickets.
 */
import { randomFillSync } from 'node:crypto';
import { isIP } from 'node:net';
import type { Offer } from '../../../flow/handshaker.ts';
import { appSchemes } from '../offers.ts';
import { p256 } from './curve.ts';
import { schemeCode } from './schemes.ts';
import { Surprise } from './surprise.ts';
import { messageType } from './transcript.ts';
import { version12, version13 } from './versions.ts';

export interface HelloRequest {
  readonly host: string;
  readonly offer: Offer;
  readonly alpn: readonly string[];
}

export const extension = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** TLS_AES_128_GCM_SHA256. */
export const suite13 = 0x1301;

const randomBytes = 32;

export interface ClientHello {
  /** The message, without a record around it. */
  readonly hello: Buffer;
  readonly sessionId: Buffer;
}

export function clientHello13({ host, offer, alpn }: HelloRequest): ClientHello {
  const extensions = [
    ...serverName(host),
    extended(extension.supportedGroups, vector(2, word(p256.group))),
    extended(extension.signatureAlgorithms, vector(2, schemesOf(offer))),
    ...applicationProtocols(alpn),
    extended(extension.supportedVersions, vector(1, word(version13))),
    extended(extension.keyShare, vector(2, [word(p256.group), vector(2, p256.generator)])),
  ];
  const fresh = randomFillSync(Buffer.alloc(2 * randomBytes));
  const sessionId = fresh.subarray(randomBytes);
  const hello = message(messageType.clientHello, [
    word(version12),
    fresh.subarray(0, randomBytes),
    // Not empty, for the sake of some middleboxes (RFC 8446, appendix D.4).
    vector(1, sessionId),
    vector(2, word(suite13)),
    vector(1, Buffer.of(0)),
    vector(2, extensions),
  ]);
  return { hello, sessionId };
}

function schemesOf(offer: Offer): Buffer[] {
  return appSchemes[offer].map((name) => word(schemeCode(name)));
}

/** None for an IP literal (RFC 6066, section 3). */
function serverName(host: string): Buffer[] {
  if (isIP(host) !== 0) return [];
  return [extended(extension.serverName, vector(2, [Buffer.of(0), vector(2, Buffer.from(host, 'latin1'))]))];
}

function applicationProtocols(alpn: readonly string[]): Buffer[] {
  if (alpn.length === 0) return [];
  const names = alpn.map((name) => vector(1, Buffer.from(name, 'latin1')));
  return [extended(extension.alpn, vector(2, names))];
}

function extended(type: number, body: Buffer): Buffer {
  return Buffer.concat([word(type), vector(2, body)]);
}

export function message(type: number, body: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, body)]);
}

function vector(lengthBytes: 1 | 2 | 3, body: Uint8Array | readonly Uint8Array[]): Buffer {
  const bytes = body instanceof Uint8Array ? body : Buffer.concat(body);
  if (bytes.length >= 256 ** lengthBytes) throw new Surprise('more to offer than a hello holds');
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(bytes.length, 0, lengthBytes);
  return Buffer.concat([length, bytes]);
}

function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
