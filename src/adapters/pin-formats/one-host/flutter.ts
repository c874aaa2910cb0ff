/** The list of fingerprints for Flutter's http_certificate_pinning. */
import { type CertificatePin, certificatePinFromHex } from '../../../core/pin-hash.ts';
import { quote } from '../../../core/quote.ts';
import type { PinReader } from '../pin-reader.ts';
import { type Remarks, Unreadable } from '../remarks.ts';
import { type DartList, dartLists, type ListItem } from './dart-lists.ts';
import { givenHost } from './given-host.ts';

export const flutter: PinReader = {
  format: 'flutter-http-certificate-pinning',
  about: {
    title: 'Flutter http_certificate_pinning',
    input: 'Dart source with the list of fingerprints, or the list as JSON; `--host`',
    meaning: [
      'SHA-256 of the leaf *certificate*: the app fails when it is renewed, even with the same key',
      'hex with or without colons and spaces, in any case',
      'compared on a connection of its own before the real one',
      'no date: pins hold until the app is replaced',
    ],
    refused: [
      'base64: versions that hashed keys differ, so the version has to be known',
      'SHA-1 fingerprints, and an item that is not a string literal',
      'several lists, because which one is for the host is unknown',
    ],
    source:
      'diefferson/http_certificate_pinning bb3488d (3.0.1), HttpCertificatePinningPlugin.kt, CertificateSHAFingerprintTrustEvalator.swift, lib/src/http_certificate_pinning.dart',
  },
  recognizes: (text) =>
    /\ballowedSHAFingerprints\b|\b(?:HttpCertificatePinning|SecureHttpClient)\b/.test(text) ||
    (!/^\s*\{/.test(text) && /[[,]\s*r?["'](?:[0-9A-Fa-f]{2}[:\s]?){31}[0-9A-Fa-f]{2}["']/.test(text)),
  read: (text, options, remarks) => {
    const name = givenHost(options, 'a list of fingerprints');
    const pins = onlyList(text).items.flatMap((item) => fingerprintOf(item, remarks));
    const list = { at: 'leaf', anyOf: [...new Set(pins)] } as const;
    const rule = { pattern: { kind: 'exact', name }, allOf: [list], enforce: true } as const;
    return [{ resolution: 'union', trust: 'platform', rules: [rule] }];
  },
};

function onlyList(text: string): DartList {
  const lists = dartLists(text).filter(({ items }) => items.some((item) => looksLikeHash(item.text ?? '')));
  const [first, second] = lists;
  if (first === undefined)
    throw new Unreadable(0, "expected a list of fingerprints such as ['AB:CD:…'], found none");
  if (second !== undefined) {
    throw new Unreadable(
      second.at,
      'this is a second list of fingerprints: leave the one that is for the host',
    );
  }
  return first;
}

function digitsOf(text: string): string {
  return text.replace(/[:\s]/g, '');
}

function looksLikeHash(text: string): boolean {
  return (
    /^[0-9A-Fa-f]{40,}$/.test(digitsOf(text)) || /^[A-Za-z0-9+/_-]{43}=?$/.test(text.replace(/^sha256\//, ''))
  );
}

function fingerprintOf({ at, text }: ListItem, remarks: Remarks): CertificatePin[] {
  if (text === null) {
    remarks.problem(at, 'not a literal: expected a string in quotes, because the source is read, not run');
    return [];
  }
  const digits = digitsOf(text);
  if (/^[0-9A-Fa-f]{64}$/.test(digits)) return [certificatePinFromHex(digits)];
  const expected = `expected the 64 hex digits of a certificate's SHA-256 fingerprint, found ${quote(text)}`;
  if (/^[0-9A-Fa-f]{40}$/.test(digits)) remarks.problem(at, `${expected}: this is SHA-1`);
  else if (looksLikeHash(text)) {
    const why =
      'the package compares hex, but some older versions hashed keys: name the version, and pin that key';
    remarks.problem(at, `${expected}: ${why}`);
  } else remarks.problem(at, `${expected}: no certificate ever matches it`);
  return [];
}
