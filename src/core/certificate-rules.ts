/** The rules for each certificate below the anchor, regardless of the others (RFC 5280, sections 6.1.3 and 6.1.4). */
import type { Certificate } from './certificate.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { rfc3339 } from './clock.ts';
import { type PathProblem, problem } from './path-problem.ts';

const sha2 = ['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3'];

/**
 * The signatures that platforms verify; OpenSSL verifies many more. SHA-1 is included: Android accepts it, and iOS has
 * a separate rule against it. RSASSA-PSS is listed with its hash, the hash of its mask and the length of its salt,
 * because BoringSSL requires all three to match.
 */
const signatureAlgorithms = new Set([
  // RSA with SHA-1, SHA-256, SHA-384, SHA-512 and SHA-224 (RFC 8017)
  ...['5', '11', '12', '13', '14'].map((arc) => `1.2.840.113549.1.1.${arc}`),
  ...sha2.map((hash, at) => `1.2.840.113549.1.1.10 ${hash} ${hash} ${[32, 48, 64][at]}`),
  // ECDSA with SHA-1 and with SHA-224 to SHA-512 (RFC 3279, RFC 5758)
  '1.2.840.10045.4.1',
  ...['1', '2', '3', '4'].map((arc) => `1.2.840.10045.4.3.${arc}`),
  // Ed25519 and Ed448 (RFC 8410)
  '1.3.101.112',
  '1.3.101.113',
]);

const rsa = '1.2.840.113549.1.1.1';
const rsaPss = '1.2.840.113549.1.1.10';
const ellipticCurve = '1.2.840.10045.2.1';
const keyAlgorithms = new Set([rsa, rsaPss, ellipticCurve, '1.3.101.112', '1.3.101.113']);
/** P-256, P-384 and P-521, as named curves: no platform accepts other curves or explicit parameters. */
const curves = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35']);
/** Android and Java refuse shorter keys; iOS has a stricter rule of its own. */
const leastRsaBits = 1024;

/** The extended key usages that a TLS server's certificate may have: serverAuth and anyExtendedKeyUsage. */
const serverPurposes = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/** A certificate is valid until the end of its notAfter second (RFC 5280, section 4.1.2.5). */
export function endOf({ notAfter }: { readonly notAfter: number }): number {
  return notAfter + 1000;
}

const dayMs = 86_400_000;

/** How long it may be relied on that a chain was valid at `now`: a day at most, and until one of its certificates ends. */
export function validUntil(chain: readonly { readonly notAfter: number }[], now: number): number {
  return Math.min(now + dayMs, ...chain.map(endOf).filter((end) => end > now));
}

/** `now` in milliseconds since the epoch. */
export function dateProblem(
  { certificate }: { readonly certificate: Certificate },
  now: number,
): PathProblem | null {
  if (now >= endOf(certificate)) {
    return problem('CERT_HAS_EXPIRED', certificate, `expired at ${rfc3339(certificate.notAfter)}`);
  }
  if (now < certificate.notBefore) {
    return problem('CERT_NOT_YET_VALID', certificate, `is valid only from ${rfc3339(certificate.notBefore)}`);
  }
  return null;
}

/** What makes a leaf invalid besides its dates; null if nothing does. */
export function leafProblem(leaf: CertificateFacts): PathProblem | null {
  const { extendedKeyUsage, keyUsage } = leaf.extensions;
  const unfit = commonProblem(leaf);
  if (unfit !== null) return unfit;
  if (extendedKeyUsage !== null && !serverPurposes.some((purpose) => extendedKeyUsage.includes(purpose))) {
    const what = 'is not for TLS servers: its extended key usage does not include serverAuth';
    return problem('INVALID_PURPOSE', leaf.certificate, what);
  }
  if (keyUsage !== null && !keyUsage.digitalSignature) {
    const what = 'may not sign handshakes: its key usage does not include digitalSignature';
    return problem('KEYUSAGE_NO_DIGITAL_SIGNATURE', leaf.certificate, what);
  }
  return null;
}

/** Why an intermediate may not issue, besides its dates. Only some platforms check its extended key usage. */
export function issuerProblem(issuer: CertificateFacts): PathProblem | null {
  const { basicConstraints, keyUsage } = issuer.extensions;
  const unfit = commonProblem(issuer);
  if (unfit !== null) return unfit;
  if (issuer.version < 3 || !basicConstraints?.ca) {
    const why = issuer.version < 3 ? `version ${issuer.version}` : 'its basic constraints do not set cA';
    return problem('INVALID_CA', issuer.certificate, `is not a certificate authority (${why})`);
  }
  if (keyUsage !== null && !keyUsage.keyCertSign) {
    const what = 'may not sign certificates: its key usage does not include keyCertSign';
    return problem('KEYUSAGE_NO_CERTSIGN', issuer.certificate, what);
  }
  return null;
}

/** An anchor is judged by its key alone: a root is a name and a key, and platforms differ about the rest. */
export function keyProblem({ certificate, publicKey }: CertificateFacts): PathProblem | null {
  const { algorithm, curve, rsaBits } = publicKey;
  const isCurveKnown = algorithm !== ellipticCurve || (curve !== null && curves.has(curve));
  const isLongEnough = (algorithm !== rsa && algorithm !== rsaPss) || (rsaBits ?? 0) >= leastRsaBits;
  if (keyAlgorithms.has(algorithm) && isCurveKnown && isLongEnough) return null;
  return problem('UNSUPPORTED_KEY', certificate, `has a key that platforms refuse (${certificate.key})`);
}

function commonProblem(facts: CertificateFacts): PathProblem | null {
  const { certificate, extensions } = facts;
  const { flaw, unknownCritical } = extensions;
  if (flaw !== null) return problem(flaw.code, certificate, flaw.what);
  if (unknownCritical.length > 0) {
    const what = `has a critical extension that no platform knows (${unknownCritical.slice(0, 3).join(', ')})`;
    return problem('UNHANDLED_CRITICAL_EXTENSION', certificate, what);
  }
  return signatureProblem(facts) ?? keyProblem(facts);
}

/** Why no platform accepts the signature on a certificate, whichever key made it. */
export function signatureProblem({
  certificate,
  extensions: { flaw },
  signatureAlgorithm,
}: CertificateFacts): PathProblem | null {
  if (flaw?.code === 'SIGNATURE_ALGORITHM_MISMATCH') return problem(flaw.code, certificate, flaw.what);
  if (signatureAlgorithms.has(signatureAlgorithm)) return null;
  const what = `has a signature that platforms refuse (${certificate.signature})`;
  return problem('UNSUPPORTED_SIGNATURE_ALGORITHM', certificate, what);
}
