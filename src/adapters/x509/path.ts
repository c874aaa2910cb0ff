import type { Certificate, ValidatedPath } from '../../core/certificate.ts';
import type { CertificateFacts } from '../../core/certificate-facts.ts';
import { findPath } from '../../core/path.ts';
import type { AnchorStore } from './anchors.ts';
import { factsOf, type OpenCertificate } from './decode.ts';

export interface PathMeans {
  readonly anchors: AnchorStore;
  readonly describe: (open: OpenCertificate) => Certificate;
  /** Like `isSignedBy`, which takes up to a few milliseconds; the answer may be cached. */
  readonly isSignedBy: (child: OpenCertificate, issuer: OpenCertificate) => boolean;
}

/** The validated path of an opened chain: `leaf` came first, `sent` after it. */
export function pathOf(
  leaf: OpenCertificate,
  sent: readonly OpenCertificate[],
  { anchors, describe, isSignedBy }: PathMeans,
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
