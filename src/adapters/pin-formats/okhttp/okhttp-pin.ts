import { type Parsed, parsed, refused } from '../../../core/parsed.ts';
import type { Pin } from '../../../core/pin.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsOkio, pinOfDigest } from '../base64.ts';

/** A further argument of `add`, as `CertificatePinner.Pin` takes it. */
export function readOkHttpPin(text: string): Parsed<Pin> {
  if (text.startsWith('sha1/')) {
    return refused(
      `${quote(text)} is a SHA-1 hash, which is not compared here: write the sha256/ of the same key`,
    );
  }
  if (!text.startsWith('sha256/')) {
    return refused(
      `OkHttp refuses it: "pins must start with 'sha256/' or 'sha1/': ${quote(text).slice(1, -1)}"`,
    );
  }
  const digest = decodeAsOkio(text.slice('sha256/'.length));
  if (digest === null) return refused(`OkHttp refuses it: "Invalid pin hash: ${quote(text).slice(1, -1)}"`);
  const pin = pinOfDigest(digest);
  return pin === null
    ? refused(
        `${quote(text)} is no SHA-256 hash: expected 32 bytes, found ${digest.length}; OkHttp takes it, and no key ever matches it`,
      )
    : parsed(pin);
}
