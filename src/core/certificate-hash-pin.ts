import type { Certificate } from './certificate.ts';
import type { LookedAt } from './looked-at.ts';
import { subjectText } from './path-problem.ts';
import { type Pin, pinFromHex } from './pin.ts';

/** Nearly every probe sees the same certificates as the last one. */
const hashes = new WeakMap<Certificate, Pin>();

/** The hash of the whole certificate, written like a pin. */
function hashOf(certificate: Certificate): Pin {
  const known = hashes.get(certificate);
  if (known !== undefined) return known;
  const hash = pinFromHex(certificate.certificateSha256);
  hashes.set(certificate, hash);
  return hash;
}

/**
 * Finds pins that are the hash of a whole certificate, the most common mistake: `openssl x509 -fingerprint` and
 * browsers print that hash. Gives one sentence for each, with the pin that was meant.
 */
export function certificateHashPins(looked: readonly LookedAt[], pins: readonly Pin[]): string[] {
  if (pins.length === 0) return [];
  const certificates = new Map<Pin, Certificate>();
  for (const { observation } of looked.flatMap(({ connections }) => [...connections])) {
    if (observation.failure !== null) continue;
    const onPath = observation.path.certificates.map(({ certificate }) => certificate);
    for (const certificate of [...onPath, ...observation.presented]) {
      certificates.set(hashOf(certificate), certificate);
    }
  }
  return pins.flatMap((pin) => {
    const certificate = certificates.get(pin);
    if (certificate === undefined) return [];
    const subject = subjectText(certificate.subject);
    return `${pin} is the hash of the certificate ${subject}, not of its key; the pin of its key is ${certificate.pin}`;
  });
}
