/** The signed fingerprints that Wultra's SDKs fetch, or have built in as a fallback. */
import { z } from 'zod';
import { certificatePinFromHex } from '../../../core/pin-hash.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsAndroid } from '../base64.ts';
import { type JsonText, readJson } from '../json/json-text.ts';
import type { PinReader } from '../pin-reader.ts';
import { type Remarks, Unreadable } from '../remarks.ts';
import { isSignedBy, wultraKey } from './wultra-signature.ts';

const schema = z.object({
  fingerprints: z.array(
    z.object({
      // Compared with the common name of a certificate, which is not longer.
      name: z.string().min(1).max(300),
      fingerprint: z.string(),
      expires: z.int().min(0),
      signature: z.string().nullable().optional(),
    }),
  ),
});
type Config = z.output<typeof schema>;
type Key = NonNullable<ReturnType<typeof wultraKey>>;

export const wultra: PinReader = {
  format: 'wultra',
  about: {
    title: 'Wultra dynamic SSL pinning',
    input: 'JSON with `fingerprints`; `--public-key` for their signatures',
    meaning: [
      "SHA-256 of the leaf certificate, among the entries whose `name` equals the leaf's common name to the letter; the host is not asked",
      'a leaf with another common name, or with none, is refused by the app, which is told and not judged',
      'after `expires` the entry no longer counts, and without another one the app connects no more',
      "each entry is signed: `name`, `&`, the fingerprint in base64, `&`, `expires`; its tool's README has another order, which the SDKs refuse",
      'on Android the SDK replaces the check of the chain, on iOS it does not; judged as on iOS',
    ],
    refused: ['a wrong signature, or none, if the key is given', 'a fingerprint that is not 32 bytes'],
    source:
      'wultra/ssl-pinning-tool d43ffba, Application.java; ssl-pinning-android 16a67a0, CertStore.kt, GetFingerprintResponse.kt, SSLPinningX509TrustManager.kt; ssl-pinning-ios f24647d, CertStore+Validation.swift',
  },
  recognizes: (text) => /"fingerprints"\s*:\s*\[/.test(text),
  read: (text, { publicKey }, remarks) => {
    const key = publicKey === undefined ? null : wultraKey(publicKey);
    if (publicKey !== undefined && key === null) {
      throw new Unreadable(0, '--public-key: expected a P-256 key as PEM, or the base64 of its point');
    }
    const json = readJson(text, schema, remarks);
    if (json === null) return [];
    if (key === null)
      remarks.warn(0, 'the signatures are not checked: --public-key names the key that apps have');
    remarks.warn(
      0,
      'a leaf with another common name, or without one, is refused by the app; that is not judged',
    );
    const rules = json.value.fingerprints.flatMap((_entry, index) => ruleOf(json, index, key, remarks));
    return [{ resolution: 'union', trust: 'platform', rules }];
  },
};

function ruleOf(json: JsonText<Config>, index: number, key: Key | null, remarks: Remarks): PinRule[] {
  const entry = json.value.fingerprints[index];
  if (entry === undefined) return [];
  const { name, expires } = entry;
  const at = (member: string) => json.at(['fingerprints', index, member]);
  const fingerprint = decodeAsAndroid(entry.fingerprint);
  if (fingerprint?.length !== 32) {
    const found = quote(entry.fingerprint);
    remarks.problem(
      at('fingerprint'),
      `expected the base64 of a SHA-256 hash, found ${found}: no certificate matches it`,
    );
    return [];
  }
  const signature = decodeAsAndroid(entry.signature ?? '');
  if (key !== null && !(signature && isSignedBy(key, { name, fingerprint, expires, signature }))) {
    remarks.problem(
      at('signature'),
      `${quote(name)}: the signature is not of this key over name, fingerprint and end`,
    );
  }
  return [
    {
      pattern: { kind: 'leaf-cn', name },
      allOf: [{ at: 'leaf', anyOf: [certificatePinFromHex(fingerprint.toString('hex'))] }],
      enforce: true,
      until: expires * 1_000,
      then: 'closed',
    },
  ];
}
