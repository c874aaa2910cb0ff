/**
 * An app's ClientHello, cut down to what every server can answer at once: one version, one suite, one group with its share.
 *
 * - TLS 1.3: TLS_AES_128_GCM_SHA256 and P-256, which every server must have (RFC 8446, section 9.1). With further groups some
 *   would ask for another share, with further suites some would pick one that costs more.
 *   No PSK modes, so that the server sends no tickets.
 * - TLS 1.2: AES-128-GCM with the key type that is asked for, on P-256 or P-384.
 *
 * A server is only asked whether it still refuses a kind of key with all that apps offer: what is left out might be what it has.
 */
import { isIP } from 'node:net';
import { appSuites } from '../../../core/app-hello.ts';
import type { Offer } from '../../../flow/handshaker.ts';
import { appSchemes } from '../offers.ts';
import { p256, p384 } from './curve.ts';
import { vector, word } from './encode.ts';
import { schemeCode } from './schemes.ts';
import { suiteCodes, suites12 } from './suites.ts';
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
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

export const suite13: number = suiteCodes.TLS_AES_128_GCM_SHA256;
/** By the kind of the server's key. */
export const suite12 = {
  ecdsa: suiteCodes.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  rsa: suiteCodes.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
};

const randomBytes = 32;
/** A list of one method, null. */
const noCompression = 0x0100;
const noSession = Buffer.alloc(0);

export interface ClientHello {
  /** The message, without a record around it. */
  readonly hello: Buffer;
  readonly random: Buffer;
  readonly sessionId: Buffer;
}

/** What is the same for every host: made once for each list of protocols that is offered, as it is half of a hello's cost. */
interface Fixed {
  readonly suites: Buffer;
  /** The extensions but for the server's name. */
  readonly extensions: Buffer;
}

const fixed13 = remembered((offer, alpn) => ({
  // In TLS 1.3 the others say nothing. Some servers choose their key by them all the same (HAProxy's).
  suites: vector(2, [suite13, ...suites12(offer).map((name) => suiteCodes[name])].map(word)),
  extensions: Buffer.concat([
    extended(extension.supportedGroups, vector(2, word(p256.group))),
    extended(extension.signatureAlgorithms, vector(2, schemesOf(offer))),
    ...applicationProtocols(alpn),
    extended(extension.supportedVersions, vector(1, word(version13))),
    extended(extension.keyShare, vector(2, [word(p256.group), vector(2, p256.generator)])),
  ]),
}));

export function clientHello13({ host, offer, alpn }: HelloRequest, fresh: Buffer): ClientHello {
  const fixed = fixed13(offer, alpn);
  const random = fresh.subarray(0, randomBytes);
  const sessionId = fresh.subarray(randomBytes, 2 * randomBytes);
  // Not empty, for the sake of some middleboxes (RFC 8446, appendix D.4).
  return { hello: assembled(host, random, sessionId, fixed), random, sessionId };
}

/** By the list itself: a domain keeps its own, and most share the default. */
function remembered(make: (offer: Offer, alpn: readonly string[]) => Fixed) {
  const made = new WeakMap<readonly string[], Partial<Record<Offer, Fixed>>>();
  return (offer: Offer, alpn: readonly string[]): Fixed => {
    const ofList = made.get(alpn) ?? {};
    const fixed = ofList[offer] ?? make(offer, alpn);
    if (ofList[offer] === undefined) made.set(alpn, { ...ofList, [offer]: fixed });
    return fixed;
  };
}

function schemesOf(offer: Offer): Buffer[] {
  return appSchemes[offer].map((name) => word(schemeCode(name)));
}

/** For both, the generator answers whatever the server sends. With P-384, servers show keys on it (RFC 8422, section 5.1). */
const groups12 = [p256, p384];

const fixed12 = remembered((offer, alpn) => ({
  suites: vector(2, suitesOf(offer).map(word)),
  extensions: Buffer.concat([
    extended(
      extension.supportedGroups,
      vector(
        2,
        groups12.map(({ group }) => word(group)),
      ),
    ),
    extended(extension.pointFormats, vector(1, Buffer.of(0))),
    extended(extension.signatureAlgorithms, vector(2, schemesOf(offer))),
    ...applicationProtocols(alpn),
    extended(extension.extendedMasterSecret, Buffer.alloc(0)),
    extended(extension.renegotiationInfo, vector(1, Buffer.alloc(0))),
  ]),
}));

export function clientHello12({ host, offer, alpn }: HelloRequest, fresh: Buffer): ClientHello {
  const random = fresh.subarray(0, randomBytes);
  return { hello: assembled(host, random, noSession, fixed12(offer, alpn)), random, sessionId: noSession };
}

/** X25519's base point (RFC 7748, section 6.1) is a share as good as any: nothing is derived from an answer. */
const x25519 = { group: 29, share: Buffer.from('09'.padEnd(64, '0'), 'hex') };

const fixedOfApps = remembered((offer, alpn) => ({
  suites: vector(
    2,
    [...appSuites.any, ...suites12(offer)].map((name) => word(suiteCodes[name])),
  ),
  extensions: Buffer.concat([
    extended(
      extension.supportedGroups,
      vector(
        2,
        [x25519, p256, p384].map(({ group }) => word(group)),
      ),
    ),
    extended(extension.pointFormats, vector(1, Buffer.of(0))),
    extended(extension.signatureAlgorithms, vector(2, schemesOf(offer))),
    ...applicationProtocols(alpn),
    extended(extension.extendedMasterSecret, Buffer.alloc(0)),
    extended(extension.renegotiationInfo, vector(1, Buffer.alloc(0))),
    extended(extension.supportedVersions, vector(1, [word(version13), word(version12)])),
    extended(
      extension.keyShare,
      vector(2, [
        ...[word(x25519.group), vector(2, x25519.share)],
        ...[word(p256.group), vector(2, p256.generator)],
      ]),
    ),
  ]),
}));

/** All of an app's hello: both versions, every suite, every group. */
export function clientHelloOfApps({ host, offer, alpn }: HelloRequest, fresh: Buffer): Buffer {
  const random = fresh.subarray(0, randomBytes);
  const sessionId = fresh.subarray(randomBytes, 2 * randomBytes);
  return assembled(host, random, sessionId, fixedOfApps(offer, alpn));
}

/** EdDSA keys answer to the suites of ECDSA (RFC 8422, section 5.10). */
function suitesOf(offer: Offer): number[] {
  return [
    ...(offer === 'rsa' ? [] : [suite12.ecdsa]),
    ...(offer === 'rsa' || offer === 'any' ? [suite12.rsa] : []),
  ];
}

/** The message (RFC 8446, section 4.1.2), written in one go: it is made for each connection. */
function assembled(host: string, random: Buffer, sessionId: Buffer, { suites, extensions }: Fixed): Buffer {
  // None for an IP literal (RFC 6066, section 3).
  const name = isIP(host) === 0 ? host : '';
  const nameBytes = name === '' ? 0 : 9 + name.length;
  const extensionsBytes = nameBytes + extensions.length;
  const bodyBytes = 2 + randomBytes + 1 + sessionId.length + suites.length + 2 + 2 + extensionsBytes;
  if (extensionsBytes > 0xffff) throw new Surprise('more to offer than a hello holds');
  const made = Buffer.allocUnsafe(4 + bodyBytes);
  let at = made.writeUInt32BE(messageType.clientHello * 2 ** 24 + bodyBytes);
  at = made.writeUInt16BE(version12, at);
  at += random.copy(made, at);
  at = made.writeUInt8(sessionId.length, at);
  at += sessionId.copy(made, at);
  at += suites.copy(made, at);
  at = made.writeUInt16BE(noCompression, at);
  at = made.writeUInt16BE(extensionsBytes, at);
  if (name !== '') {
    at = made.writeUInt16BE(extension.serverName, at);
    at = made.writeUInt16BE(5 + name.length, at);
    at = made.writeUInt16BE(3 + name.length, at);
    at = made.writeUInt8(0, at); // a host name
    at = made.writeUInt16BE(name.length, at);
    at += made.write(name, at, 'latin1');
  }
  extensions.copy(made, at);
  return made;
}

function applicationProtocols(alpn: readonly string[]): Buffer[] {
  if (alpn.length === 0) return [];
  const names = alpn.map((name) => vector(1, Buffer.from(name, 'latin1')));
  return [extended(extension.alpn, vector(2, names))];
}

function extended(type: number, body: Buffer): Buffer {
  return Buffer.concat([word(type), vector(2, body)]);
}
