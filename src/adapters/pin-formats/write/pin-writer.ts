/** Writes pins in any notation that can be written. */
import type { PinFormat } from '../../../core/pin-format.ts';
import type { PinWriter } from '../../../flow/write-pins.ts';
import { writeNsPinnedDomains, writeTrustKitIos } from './apple.ts';
import { writeNsc, writeTrustKitAndroid } from './nsc.ts';
import { writeOkHttp } from './okhttp.ts';
import { writeCurl, writeFlutter, writeHpkp } from './one-host.ts';
import { writeRnSslManager, writeRnSslPublicKeyPinning } from './react-native.ts';
import type { Writer } from './writer.ts';

const signed =
  'its files are signed with a key that only its own server has, so pinwatch reads them and writes none';

/** A text instead of a writer says why there is none. */
const writers: Readonly<Record<PinFormat, Writer | string>> = {
  nsc: writeNsc,
  'trustkit-android': writeTrustKitAndroid,
  nspinneddomains: writeNsPinnedDomains,
  'trustkit-ios': writeTrustKitIos,
  okhttp: writeOkHttp,
  'rn-ssl-public-key-pinning': writeRnSslPublicKeyPinning,
  'rn-ssl-manager': writeRnSslManager,
  'flutter-http-certificate-pinning': writeFlutter,
  hpkp: writeHpkp,
  curl: writeCurl,
  wultra: `it pins certificates, and ${signed}`,
  pinvault: signed,
  'ssl-pinning': signed,
  approov: signed,
};

export const pinWriter: PinWriter = {
  needsSeen: (format) => {
    const found = writers[format];
    return typeof found !== 'string' && found.needsSeen;
  },
  write: (format, rules, options) => {
    const found = writers[format];
    return typeof found === 'string'
      ? { ok: false, problems: [`${format} is import-only: ${found}`] }
      : found.write(rules, options);
  },
};
