/** `ssl_config.json` of react-native-ssl-manager: OkHttp and a generated configuration on Android, TrustKit on iOS. */
import { z } from 'zod';
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import type { ReadRules } from '../../../flow/pin-formats.ts';
import { dayMs, startOfDay } from '../day.ts';
import { type JsonText, readJson } from '../json/json-text.ts';
import { warnOfUnknown } from '../json/options.ts';
import { readOkHttpPin } from '../okhttp/okhttp-pin.ts';
import { readPattern } from '../okhttp/pattern.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Remarks } from '../remarks.ts';
import { iosRules, type Policy } from './ios-policies.ts';

const options = z.looseObject({
  enforcePinning: z.boolean().optional(),
  expirationDate: z.string().optional(),
  includeSubdomains: z.boolean().optional(),
});
const schema = z.object({
  sha256Keys: z.record(z.string(), z.array(z.string())),
  domains: z.record(z.string(), options).optional(),
});
type Config = z.output<typeof schema>;

export const rnSslManager: PinReader = {
  format: 'rn-ssl-manager',
  about: {
    title: 'react-native-ssl-manager',
    input: '`ssl_config.json`, as version 2.1 and later read it',
    meaning: [
      'two sets. Android is OkHttp: the pins of all entries that cover a host count together. iOS is TrustKit: the name itself, else the longest one above it, alone',
      '`includeSubdomains` is true if it is left out; earlier versions ignore `domains`, and their OkHttp pins the name alone',
      'any pin on the validated path',
      '`expirationDate`: not pinned on iOS from midnight UTC of that day on, and on Android from the end of that day on',
      '`enforcePinning` false: a mismatch is only reported; on Android these are a set of their own',
      'the build also writes a network security configuration, which ended after a year with versions 1.1: import that too',
      'an enforced domain with a single pin: iOS refuses the whole, which is told, and the set of Android stands alone',
    ],
    refused: [
      'no `sha256Keys`',
      'a pin that is not `sha256/` and 44 base64 characters',
      'a date that is not `yyyy-MM-dd`',
    ],
    source:
      'huytdps13400/react-native-ssl-manager c003f97 (2.2.0), SslConfigStore.kt, PinningClientConfigurator.kt, SharedLogic.swift, src/config.ts',
  },
  recognizes: (text) => /"sha256Keys"\s*:/.test(text),
  read: (text, _, remarks) => {
    const json = readJson(text, schema, remarks);
    return json === null ? [] : setsOf(json, remarks);
  },
};

interface Read {
  readonly rule: PinRule;
  /** The last day on which Android enforces it begins then; null: for ever. */
  readonly day: number | null;
  readonly at: number;
}

function setsOf(json: JsonText<Config>, remarks: Remarks): ReadRules[] {
  const { sha256Keys, domains = {} } = json.value;
  for (const name of Object.keys(domains)) {
    if (!Object.hasOwn(sha256Keys, name)) {
      remarks.warn(
        json.at(['domains', name], 'key'),
        `${quote(name)} has no effect: it is not in "sha256Keys"`,
      );
    }
  }
  const read = Object.keys(sha256Keys).flatMap((name) => readDomain(name, json, remarks));
  if (read.length === 0)
    remarks.problem(json.at(['sha256Keys']), 'expected at least one host in "sha256Keys"');
  const policies = read.map(({ at, day, rule }): Policy => ({ at, rule: ending(rule, day) }));
  const ios = iosRules(policies, 'TrustKit stops the app at its start', remarks);
  const android = read.flatMap((one) => androidRule(one, remarks));
  const observed = android.filter(({ enforce }) => !enforce);
  const rules = android.filter(({ enforce }) => enforce);
  return [
    ...(rules.length > 0 || observed.length === 0
      ? [{ suffix: 'android', resolution: 'union', trust: 'platform', rules } as const]
      : []),
    ...(observed.length > 0
      ? [
          {
            suffix: 'android-audit',
            resolution: 'most-specific',
            trust: 'platform',
            rules: observed,
          } as const,
        ]
      : []),
    ...(ios === null
      ? []
      : [{ suffix: 'ios', resolution: 'most-specific', trust: 'platform', rules: ios } as const]),
  ];
}

function readDomain(name: string, json: JsonText<Config>, remarks: Remarks): Read[] {
  const { sha256Keys, domains = {} } = json.value;
  const found = Object.hasOwn(domains, name) ? domains[name] : undefined;
  const { enforcePinning = true, expirationDate, includeSubdomains = true } = found ?? {};
  const optionAt = (option: string) => json.at(['domains', name, option], 'key');
  warnOfUnknown(found ?? {}, Object.keys(options.shape), optionAt, remarks);
  const at = json.at(['sha256Keys', name], 'key');
  const texts = sha256Keys[name] ?? [];
  const pins = texts.flatMap((text, index) => pinOf(text, json.at(['sha256Keys', name, index]), remarks));
  if (texts.length === 0)
    remarks.problem(at, `${quote(name)} has no pin: the package refuses the whole file`);
  const day = expirationDate === undefined || expirationDate === '' ? null : startOfDay(expirationDate);
  if (expirationDate && day === null) {
    const problem = `expected a day such as 2027-03-01, found ${quote(expirationDate)}`;
    remarks.problem(json.at(['domains', name, 'expirationDate']), problem);
  }
  const pattern = { kind: includeSubdomains ? 'any-depth' : 'exact', name } as const;
  return [{ at, day, rule: { pattern, allOf: [{ at: 'path', anyOf: pins }], enforce: enforcePinning } }];
}

/** As TrustKit and OkHttp are given it: 44 characters in any case. */
function pinOf(text: string, at: number, remarks: Remarks): Pin[] {
  const pin = readOkHttpPin(text.trim());
  if (pin.ok && /^sha256\/.{44}$/.test(text.trim())) return [pin.value];
  remarks.problem(
    at,
    pin.ok ? `expected sha256/ and 44 base64 characters, found ${quote(text)}` : pin.problem,
  );
  return [];
}

function androidRule({ at, day, rule }: Read, remarks: Remarks): PinRule[] {
  const { kind, name } = rule.pattern;
  // The pattern of an observed domain is compared by the package itself, and that of an enforced one by OkHttp.
  const pattern = readPattern(kind === 'any-depth' ? `**.${name}` : name, '4.9.0');
  if (pattern.is === 'refused') remarks.problem(at, pattern.why);
  else if (pattern.is === 'nothing') remarks.warn(at, `on Android ${pattern.why}`);
  const ended = ending(rule, day === null ? null : day + dayMs);
  return pattern.is === 'pattern' ? [{ ...ended, pattern: pattern.pattern }] : [];
}

function ending(rule: PinRule, until: number | null): PinRule {
  return until === null ? rule : { ...rule, until, then: 'open' };
}
