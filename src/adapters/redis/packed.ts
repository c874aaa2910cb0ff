/**
 * Long JSON in a fifth of its length: most of a record is the names of its fields, and certificates that its endpoints
 * share. It is `y`, its hashes, then the raw deflate (RFC 1951) of the UTF-8 without them, made with a dictionary. Before,
 * it was `z`, and the deflate of all of it.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { apart, hashBytes, readHashes, together } from './hashes-apart.ts';

const mark = 'y';
const formerMark = 'z';

/** What is shorter gains nothing. */
const leastCharacters = 200;

/** The text of a record has at most half a megabyte. */
const mostBytes = 4 * 1024 * 1024;

/**
 * What was packed can be read only with the same dictionary: another one needs another mark. The commonest come last.
 */
const formerDictionary = Buffer.from(
  [
    '"connections":{"judged":,"mismatched":,"untrusted":}',
    '{"code":"key_type_not_served","message":"no RSA key is served at this address (the server refused the handshake: ',
    '{"code":"endpoint_failed","severity":"warning","message":"',
    '{"code":"certificate_expiring","severity":"warning","message":"',
    '{"code":"no_backup_pin","severity":"warning","message":"every pin is in use now: when this key must change, no app has the next one pinned (RFC 7469, section 4.3)"}',
    '"incidents":{},"sightings":{},"closed":{},"pending":{},"unreachableSweeps":0,"countedSweep":"1795',
    '"lastCheck":{"host":"","port":443,"verdict":"match","pins":[{"pin":"sha256/","seen":true},{"pin":"sha256/","seen":false}],"findings":[]',
    '"lastProbeAt":1795,"lastConclusiveAt":1795,"trusted":true,"earliestNotAfter":1795,"backupPins":1,"badAddresses":{}',
    '"wellAt":{"pin_mismatch":1795,"untrusted":1795,"unreachable":1795},"opened":{}',
    '"CN=R11,O=Let\'s Encrypt,C=US""CN=E8,O=Let\'s Encrypt,C=US""CN=ISRG Root X1,O=Internet Security Research Group,C=US"',
    '"CN=WE1,O=Google Trust Services,C=US""CN=GTS Root R4,O=Google Trust Services LLC,C=US""CN=Amazon Root CA 1,O=Amazon,C=US"',
    '"CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US"',
    '"endpoints":[{"address":"","keyType":"ecdsa","verdict":"match","protocol":"TLSv1.2","durationMs":',
    '},{"address":"","keyType":"rsa","verdict":"inconclusive","protocol":null,"durationMs":,"presented":[],"path":[],"trusted":false',
    ',"trustError":null,"matched":{"pin":"sha256/","position":"intermediate"},"failure":null}',
    ',"protocol":"TLSv1.3","durationMs":,"presented":[{"pin":"sha256/=","subject":"CN=","issuer":"CN=","notBefore":"2026-',
    'T00:00:00Z","notAfter":"2027-T23:59:59Z","certificateSha256":"","key":"RSA 2048"},{"pin":"sha256/","key":"EC P-256"}]',
    ',"path":[{"pin":"sha256/=","subject":"CN=","from":"presented"},{"pin":"sha256/=","subject":"CN=","from":"trust-store"}]',
    ',"trusted":true,"trustError":null,"matched":{"pin":"sha256/=","position":"leaf"},"failure":null}',
  ].join(''),
);

/** The record of a quiet domain with both key types, without what differs from one to the next. */
const quietRecord = [
  '{"incidents":{},"sightings":{},"closed":{},"pending":{},"unreachableSweeps":0,"countedSweep":null,"lastCheck":{"host":"',
  '","port":443,"verdict":"match","pins":[{"pin":"\u0001A","seen":true},{"pin":"\u0001B","seen":true},{"pin":"\u0001C","seen":false}]',
  ',"findings":[],"endpoints":[{"address":"","keyType":"ecdsa","verdict":"match","protocol":"TLSv1.3","durationMs":',
  ',"presented":[{"pin":"\u0001A","subject":"CN=","issuer":"CN=","notBefore":"2026-T","notAfter":"2027-T"',
  ',"certificateSha256":"\u0002D","key":"EC P-256"},{"pin":"\u0001E","subject":"CN=","issuer":"CN=","notBefore":"2026-T"',
  ',"notAfter":"2027-T","certificateSha256":"\u0002F","key":"EC P-256"}],"path":[{"pin":"\u0001A","subject":"CN=","from":"presented"}',
  ',{"pin":"\u0001E","subject":"CN=","from":"presented"},{"pin":"\u0001G","subject":"CN=","from":"trust-store"}]',
  ',"trusted":true,"trustError":null,"matched":{"pin":"\u0001A","position":"leaf"},"failure":null}',
  ',{"address":"","keyType":"rsa","verdict":"match","protocol":"TLSv1.3","durationMs":',
  ',"presented":[{"pin":"\u0001B","subject":"CN=","issuer":"CN=","notBefore":"2026-T","notAfter":"2027-T"',
  ',"certificateSha256":"\u0002H","key":"RSA 2048"},{"pin":"\u0001I","subject":"CN=","issuer":"CN=","notBefore":"2026-T"',
  ',"notAfter":"2027-T","certificateSha256":"\u0002J","key":"RSA 2048"}],"path":[{"pin":"\u0001B","subject":"CN=","from":"presented"}',
  ',{"pin":"\u0001I","subject":"CN=","from":"presented"},{"pin":"\u0001K","subject":"CN=","from":"trust-store"}]',
  ',"trusted":true,"trustError":null,"matched":{"pin":"\u0001B","position":"leaf"},"failure":null}]}',
  ',"lastProbeAt":1795,"lastConclusiveAt":1795,"trusted":true,"earliestNotAfter":1795,"backupPins":1,"badAddresses":{}',
  ',"wellAt":{"pin_mismatch":1795,"untrusted":1795,"unreachable":1795},"opened":{}}',
].join('');
const dictionary = Buffer.concat([formerDictionary, Buffer.from(quietRecord)]);

export function packed(json: string): Buffer {
  if (json.length < leastCharacters) return Buffer.from(json);
  const { text, hashes } = apart(json);
  const short = deflateRawSync(text, { dictionary, level: 9, memLevel: 9 });
  return Buffer.concat([Buffer.from(mark), hashBytes(hashes), short]);
}

/** The JSON, whether it was packed or not. Throws a TypeError for what can't be read. */
export function unpacked(stored: Buffer): string {
  const form = stored.toString('latin1', 0, 1);
  const rest = stored.subarray(1);
  if (form === formerMark) return inflated(rest, formerDictionary);
  if (form !== mark) return stored.toString();
  const { hashes, length } = readHashes(rest);
  return together({ text: inflated(rest.subarray(length), dictionary), hashes });
}

function inflated(deflated: Buffer, dictionary: Buffer): string {
  try {
    return inflateRawSync(deflated, { dictionary, maxOutputLength: mostBytes }).toString();
  } catch {
    throw new TypeError('expected packed JSON, found something else');
  }
}
