/** A new key for a server, and the certificate request for it (RFC 2986): node:crypto makes keys, but no requests. */
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { addressBytes } from '../../core/ip.ts';
import type { Pin } from '../../core/pin.ts';

export interface NewServerKey {
  /** PKCS#8, not encrypted, because a server has to read it. */
  readonly privatePem: string;
  readonly requestPem: string;
  readonly pin: Pin;
  /** Of the request; '' if it has none. */
  readonly subject: string;
}

/** X.520's upper bound for a common name. */
const mostCommonName = 64;

/** P-256, or RSA with 2048 bits: what every platform takes. `hosts`: names, or IP addresses. */
export function newServerKey(keyType: 'ecdsa' | 'rsa', hosts: readonly string[]): NewServerKey {
  const { privateKey, publicKey } =
    keyType === 'ecdsa'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const [first = ''] = hosts;
  // The common name means nothing to clients (RFC 9525), but some authorities ask for one.
  const commonName = first.length <= mostCommonName ? first : '';
  const info = sequence(
    integer(0),
    subjectOf(commonName),
    spki,
    // attributes: extensionRequest (RFC 2985, section 5.4.2) with the names.
    tlv(0xa0, sequence(oid('2a864886f70d01090e'), set(sequence(alternativeNames(hosts))))),
  );
  const request = sequence(info, algorithmOf(keyType), bits(signatureOf(info, privateKey)));
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    requestPem: pem('CERTIFICATE REQUEST', request),
    pin: `sha256/${hash('sha256', spki, 'base64')}`,
    subject: commonName === '' ? '' : `CN=${commonName}`,
  };
}

function subjectOf(commonName: string): Buffer {
  if (commonName === '') return sequence();
  return sequence(set(sequence(oid('550403'), tlv(0x0c, Buffer.from(commonName)))));
}

/** An extension (RFC 5280, section 4.2.1.6). */
function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) => {
    const address = addressBytes(host);
    return address === null ? tlv(0x82, Buffer.from(host, 'ascii')) : tlv(0x87, Buffer.from(address));
  });
  return sequence(oid('551d11'), tlv(0x04, sequence(...names)));
}

/** ecdsa-with-SHA256 (RFC 5758) or sha256WithRSAEncryption (RFC 4055), whose parameters are NULL. */
function algorithmOf(keyType: 'ecdsa' | 'rsa'): Buffer {
  return keyType === 'ecdsa'
    ? sequence(oid('2a8648ce3d040302'))
    : sequence(oid('2a864886f70d01010b'), tlv(0x05));
}

function signatureOf(info: Buffer, key: KeyObject): Buffer {
  return sign('sha256', info, key);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const sequence = (...items: Buffer[]) => tlv(0x30, ...items);
const set = (...items: Buffer[]) => tlv(0x31, ...items);
const integer = (value: number) => tlv(0x02, Buffer.of(value));
const bits = (bytes: Buffer) => tlv(0x03, Buffer.of(0), bytes);
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));

/** DER: tag, length, contents (X.690, section 8.1). */
function tlv(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 + octets.length), octets, content]);
}
