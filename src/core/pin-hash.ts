import type { Certificate } from './certificate.ts';
import { type Pin, pinFromHex } from './pin.ts';

/** `cert-sha256/` and 44 base64 characters: SHA-256 over a whole certificate. Never compared with a `Pin`. */
export type CertificatePin = `cert-sha256/${string}`;

/** What a pin set may pin: a key, or a whole certificate. */
export type PinHash = Pin | CertificatePin;

/** The certificate's hash as a pin, from 64 hex digits. */
export function certificatePinFromHex(hex: string): CertificatePin {
  return `cert-${pinFromHex(hex)}`;
}

export function isKeyHash(hash: PinHash): hash is Pin {
  return hash.startsWith('sha256/');
}

const certificatePins = new WeakMap<Certificate, CertificatePin>();

/** The hash of the whole certificate. Nearly every probe sees the same certificates as the last one. */
export function certificatePinOf(certificate: Certificate): CertificatePin {
  const known = certificatePins.get(certificate);
  if (known !== undefined) return known;
  const pin = certificatePinFromHex(certificate.certificateSha256);
  certificatePins.set(certificate, pin);
  return pin;
}
