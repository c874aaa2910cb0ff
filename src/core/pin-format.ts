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
