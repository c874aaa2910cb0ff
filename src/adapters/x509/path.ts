import type { Certificate, ValidatedPath } from '../../core/certificate.ts';
import type { CertificateFacts } from '../../core/certificate-facts.ts';
import { findPath } from '../../core/path.ts';
import type { AnchorStore } from './anchors.ts';
import { factsOf, isSignedBy, type OpenCertificate } from './decode.ts';

/** The validated path of a chain as it was opened; `leaf` came first, `sent` after it. Signatures are checked by OpenSSL. */
export function pathOf(
  leaf: OpenCertificate,
  sent: readonly OpenCertificate[],
  anchors: AnchorStore,
  describe: (open: OpenCertificate) => Certificate,
  now: number,
): ValidatedPath {
  const opened = new Map<CertificateFacts, OpenCertificate>();
  const factsFor = (open: OpenCertificate): CertificateFacts => {
    const facts = factsOf(open, describe(open));
    opened.set(facts, open);
    return facts;
  };
  const anchorsByName = new Map<string, readonly CertificateFacts[]>();
  const anchorsFor = ({ issuerKey }: CertificateFacts): readonly CertificateFacts[] => {
    const found = anchorsByName.get(issuerKey) ?? anchors.issuersOf(issuerKey).map(factsFor);
    anchorsByName.set(issuerKey, found);
    return found;
  };
  const signed = (issuer: CertificateFacts, child: CertificateFacts): boolean => {
    const [above, below] = [opened.get(issuer), opened.get(child)];
    return above !== undefined && below !== undefined && isSignedBy(below, above);
  };
  return findPath(factsFor(leaf), sent.map(factsFor), { anchorsFor, signed }, now);
}
