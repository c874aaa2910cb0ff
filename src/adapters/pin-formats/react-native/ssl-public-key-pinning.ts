/** The argument of `initializeSslPinning` of react-native-ssl-public-key-pinning: OkHttp on Android, TrustKit on iOS. */
import { z } from 'zod';
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import type { ReadRules } from '../../../flow/pin-formats.ts';
import { startOfDay } from '../day.ts';
import { type JsonText, readJson } from '../json/json-text.ts';
import { warnOfUnknown } from '../json/options.ts';
import { readOkHttpPin } from '../okhttp/okhttp-pin.ts';
import { readPattern } from '../okhttp/pattern.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Remarks } from '../remarks.ts';
import { iosRules, type Policy } from './ios-policies.ts';

const options = z.looseObject({
  includeSubdomains: z.boolean().optional(),
  publicKeyHashes: z.array(z.string()).optional(),
  expirationDate: z.string().nullable().optional(),
});
const schema = z.record(z.string(), options);
type Config = z.output<typeof schema>;

/** React Native has had it since 0.62; "**." counts. */
const okhttpOfReactNative = '4.9.0';

export const rnSslPublicKeyPinning: PinReader = {
  format: 'rn-ssl-public-key-pinning',
  about: {
    title: 'react-native-ssl-public-key-pinning',
    input: 'the argument of `initializeSslPinning` as JSON',
    meaning: [
      'two sets. Android is OkHttp: `includeSubdomains` is `**.`, and the pins of all entries that cover a host count together',
      'iOS is TrustKit: the name itself, else the longest one above it with `includeSubdomains`, alone',
      'any hash on the validated path',
      '`expirationDate`: not pinned from midnight UTC of that day on',
      'fewer than two hashes: iOS refuses the whole, which is told, and the set of Android stands alone',
    ],
    refused: [
      'a hash that is not 32 bytes in base64',
      'a date that is not `yyyy-MM-dd`, which the two read differently',
    ],
    source:
      'frw/react-native-ssl-public-key-pinning e35c227, SslPublicKeyPinningModule.java, SslPublicKeyPinning.mm',
  },
  recognizes: (text) => /\bpublicKeyHashes\b/.test(text),
  read: (text, _, remarks) => {
    const json = readJson(text, schema, remarks);
    return json === null ? [] : setsOf(json, remarks);
  },
};

function setsOf(json: JsonText<Config>, remarks: Remarks): ReadRules[] {
  const android: PinRule[] = [];
  const policies: Policy[] = [];
  for (const [name, entry] of Object.entries(json.value)) {
    const at = json.at([name], 'key');
    warnOfUnknown(entry, Object.keys(options.shape), (option) => json.at([name, option], 'key'), remarks);
    const hashes = entry.publicKeyHashes ?? [];
    const pins = hashes.flatMap((hash, index) =>
      pinOf(hash, json.at([name, 'publicKeyHashes', index]), remarks),
    );
    const isDeep = entry.includeSubdomains === true;
    const pattern = readPattern(isDeep ? `**.${name}` : name, okhttpOfReactNative);
    if (pattern.is === 'refused') remarks.problem(at, pattern.why);
    else if (pattern.is === 'nothing') remarks.warn(at, `on Android ${pattern.why}`);
    const rule = {
      allOf: [{ at: 'path', anyOf: pins }],
      enforce: true,
      ...endOf(name, entry, json, remarks),
    } as const;
    if (pins.length === 0) remarks.warn(at, `on Android ${quote(name)} is not pinned: it has no hashes`);
    else if (pattern.is === 'pattern') android.push({ ...rule, pattern: pattern.pattern });
    policies.push({ at, rule: { ...rule, pattern: { kind: isDeep ? 'any-depth' : 'exact', name } } });
  }
  const ios = iosRules(policies, 'initializeSslPinning() rejects it', remarks);
  return [
    { suffix: 'android', resolution: 'union', trust: 'platform', rules: android },
    ...(ios === null
      ? []
      : [{ suffix: 'ios', resolution: 'most-specific', trust: 'platform', rules: ios } as const]),
  ];
}

function pinOf(hash: string, at: number, remarks: Remarks): Pin[] {
  if (hash.startsWith('sha256/')) {
    remarks.problem(at, `${quote(hash)}: write the base64 alone, "sha256/" is put before it`);
    return [];
  }
  const pin = readOkHttpPin(`sha256/${hash}`);
  if (pin.ok) return [pin.value];
  remarks.problem(at, pin.problem);
  return [];
}

function endOf(
  name: string,
  { expirationDate }: Config[string],
  json: JsonText<Config>,
  remarks: Remarks,
): Pick<PinRule, 'until' | 'then'> {
  if (expirationDate === undefined || expirationDate === null) return {};
  const until = startOfDay(expirationDate);
  if (until !== null) return { until, then: 'open' };
  const found = quote(expirationDate);
  remarks.problem(json.at([name, 'expirationDate']), `expected a day such as 2027-03-01, found ${found}`);
  return {};
}
