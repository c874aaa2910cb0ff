/** The signed keys of the ssl-pinning service (Go). */
import { z } from 'zod';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsFoundation, pinOfDigest } from '../base64.ts';
import { hostOf } from '../host-literal.ts';
import { type JsonText, readJson } from '../json/json-text.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Remarks } from '../remarks.ts';

const schema = z.object({
  payload: z.object({
    keys: z
      .array(
        z.object({
          date: z.iso.datetime({ offset: true }).optional(),
          domainName: z.string().optional(),
          expire: z.int().optional(),
          fqdn: z.string(),
          key: z.string().optional(),
        }),
      )
      .min(1),
  }),
});
type Config = z.output<typeof schema>;

export const sslPinning: PinReader = {
  format: 'ssl-pinning',
  about: {
    title: 'ssl-pinning (Go)',
    input: 'the JSON of the service, with `payload` and `signature`',
    meaning: [
      "the leaf's key of `fqdn`; the project has no client, so what apps do with `domainName` is not known, and it is told",
      'keys of one `fqdn` count together',
      '`expire` is seconds left when the file was made: kept only with `date`, and pinning is taken to end then',
      'signatures are not checked here',
    ],
    refused: ['no keys, an entry without `fqdn` or `key`, a key that is not 32 bytes in base64'],
    source:
      'ssl-pinning/ssl-pinning 919f9b1, pkg/keys/keys.go, pkg/storage/types/types.go, pkg/config/config.go',
  },
  recognizes: (text) => /"payload"\s*:/.test(text) && /"fqdn"\s*:/.test(text),
  read: (text, _, remarks) => {
    const json = readJson(text, schema, remarks);
    const rules = (json?.value.payload.keys ?? []).flatMap((_entry, index) =>
      json === null ? [] : ruleOf(json, index, remarks),
    );
    return [{ resolution: 'union', trust: 'platform', rules }];
  },
};

function ruleOf(json: JsonText<Config>, index: number, remarks: Remarks): PinRule[] {
  const entry = json.value.payload.keys[index];
  if (entry === undefined) return [];
  const at = (member: string) => json.at(['payload', 'keys', index, member]);
  const { fqdn, domainName, key = '', date, expire } = entry;
  const name = hostOf(fqdn);
  const digest = decodeAsFoundation(key);
  const pin = digest === null ? null : pinOfDigest(digest);
  if (name === null) remarks.problem(at('fqdn'), `expected a host name, found ${quote(fqdn)}`);
  if (pin === null) remarks.problem(at('key'), `expected the base64 of a SHA-256 hash, found ${quote(key)}`);
  if (domainName !== undefined && domainName !== fqdn) {
    remarks.warn(at('domainName'), `${quote(domainName)} is not judged: only "fqdn" says whose key it is`);
  }
  if (expire !== undefined && date === undefined) {
    remarks.warn(
      at('expire'),
      '"expire" is seconds from the moment when the file was made, which "date" does not say',
    );
  }
  if (name === null || pin === null) return [];
  const until = date === undefined || expire === undefined ? undefined : Date.parse(date) + expire * 1_000;
  return [
    {
      pattern: { kind: 'exact', name },
      allOf: [{ at: 'leaf', anyOf: [pin] }],
      enforce: true,
      ...(until === undefined ? {} : { until, then: 'open' }),
    },
  ];
}
