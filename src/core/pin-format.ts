import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** The notations in which apps ship their pins. A closed set: the word in the file, the API and on the command line. */
export const pinFormats = [
  'nsc',
  'trustkit-android',
  'nspinneddomains',
  'trustkit-ios',
  'okhttp',
  'rn-ssl-public-key-pinning',
  'rn-ssl-manager',
  'flutter-http-certificate-pinning',
  'hpkp',
  'curl',
  'wultra',
  'pinvault',
  'ssl-pinning',
  'approov',
] as const;
export type PinFormat = (typeof pinFormats)[number];

/** Further names that people try; looked up in lower case, with `-` for `_`, space and dot. */
const aliases: ReadonlyMap<string, PinFormat> = new Map([
  ['android', 'nsc'],
  ['android-nsc', 'nsc'],
  ['network-security-config', 'nsc'],
  ['network-security-config-xml', 'nsc'],
  ['apple', 'nspinneddomains'],
  ['ios', 'nspinneddomains'],
  ['ats', 'nspinneddomains'],
  ['info-plist', 'nspinneddomains'],
  ['ns-pinned-domains', 'nspinneddomains'],
  ['trustkit-plist', 'trustkit-ios'],
  ['trustkit-swift', 'trustkit-ios'],
  ['okhttp3', 'okhttp'],
  ['okhttp-kotlin', 'okhttp'],
  ['okhttp-java', 'okhttp'],
  ['certificatepinner', 'okhttp'],
  ['react-native-ssl-public-key-pinning', 'rn-ssl-public-key-pinning'],
  ['react-native-ssl-manager', 'rn-ssl-manager'],
  ['http-certificate-pinning', 'flutter-http-certificate-pinning'],
  ['flutter', 'flutter-http-certificate-pinning'],
  ['public-key-pins', 'hpkp'],
]);

/** Reads the name of a format, or a name that is commonly used for it. */
export function parsePinFormat(text: string): Parsed<PinFormat> {
  const name = text.trim().toLowerCase().replace(/[_. ]/g, '-');
  const format = pinFormats.find((one) => one === name) ?? aliases.get(name);
  return format === undefined
    ? refused(`expected one of ${pinFormats.join(', ')}, found ${quote(text)}`)
    : parsed(format);
}
