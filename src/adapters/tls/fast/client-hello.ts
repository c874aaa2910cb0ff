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
import { createLru } from '../../../core/lru.ts';
import type { Offer } from '../../../flow/handshaker.ts';
import { appSchemes } from '../offers.ts';
import { p256, p384 } from './curve.ts';
import { message, vector, word } from './encode.ts';
import { schemeCode } from './schemes.ts';
import { suiteCodes, suites12 } from './suites.ts';
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
const noCompression = Buffer.of(1, 0);

export interface ClientHello {
  /** The message, without a record around it. */
  readonly hello: Buffer;
  readonly random: Buffer;
  readonly sessionId: Buffer;
}

/** Few lists of protocols are in use; a tenant may think up many. */
const mostRemembered = 100;

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
  const { suites, extensions } = fixed13(offer, alpn);
  const random = fresh.subarray(0, randomBytes);
  const sessionId = fresh.subarray(randomBytes, 2 * randomBytes);
  const hello = message(messageType.clientHello, [
    word(version12),
    random,
    // Not empty, for the sake of some middleboxes (RFC 8446, appendix D.4).
    vector(1, sessionId),
    suites,
    noCompression,
    vector(2, [...serverName(host), extensions]),
  ]);
  return { hello, random, sessionId };
}

function remembered(make: (offer: Offer, alpn: readonly string[]) => Fixed) {
  const made = createLru<Fixed>(mostRemembered);
  return (offer: Offer, alpn: readonly string[]): Fixed => {
    const name = `${offer} ${JSON.stringify(alpn)}`;
    const fixed = made.get(name) ?? make(offer, alpn);
    made.set(name, fixed);
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
  const { suites, extensions } = fixed12(offer, alpn);
  const random = fresh.subarray(0, randomBytes);
  const hello = message(messageType.clientHello, [
    word(version12),
    random,
    vector(1, Buffer.alloc(0)),
    suites,
    noCompression,
    vector(2, [...serverName(host), extensions]),
  ]);
  return { hello, random, sessionId: Buffer.alloc(0) };
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
  const { suites, extensions } = fixedOfApps(offer, alpn);
  return message(messageType.clientHello, [
    word(version12),
    fresh.subarray(0, randomBytes),
    vector(1, fresh.subarray(randomBytes, 2 * randomBytes)),
    suites,
    noCompression,
    vector(2, [...serverName(host), extensions]),
  ]);
}

/** EdDSA keys answer to the suites of ECDSA (RFC 8422, section 5.10). */
function suitesOf(offer: Offer): number[] {
  return [
    ...(offer === 'rsa' ? [] : [suite12.ecdsa]),
    ...(offer === 'rsa' || offer === 'any' ? [suite12.rsa] : []),
  ];
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
