import { isCertificateLabel, type PemBlock, readPem } from '../../core/pem.ts';
import { noRootProblem } from '../../core/root-bundle.ts';
import { isSelfIssued, isSignedBy, type OpenCertificate, openCertificate } from './decode.ts';
import { DecodeProblem } from './der.ts';
import { certificateBytes, pemBlocks } from './pem.ts';
import { rootKeyProblem } from './root-key.ts';

/**
 * Trust anchors by name. Only roots: an intermediate among the anchors would hide that a server does not send it, and
 * apps don't have it.
 */
export interface AnchorStore {
  /**
   * The roots with that name, a certificate's `issuerKey`. Their signatures on the certificate are not checked here.
   * The root that expires last comes first, as in Conscrypt: a root may be renewed with the same key, with both
   * versions in the store.
   */
  issuersOf(issuerKey: string): readonly OpenCertificate[];
}

/** The content of a CA file: at least one root, and other certificates, which are not used. */
export interface AnchorCount {
  readonly anchors: number;
  readonly others: number;
}

/** A CA file that cannot be read or has no root: one sentence that names the block. */
export interface AnchorProblem {
  readonly problem: string;
}

/** Counts the roots in PEM text, or says what is wrong with it. */
export function readAnchors(pem: string): AnchorCount | AnchorProblem {
  return orProblem(() => {
    const certificates = certificatesIn(pem).map((block) => openBlock(block, true));
    const anchors = certificates.filter(isRoot).length;
    return counted(pem, anchors, certificates.length - anchors);
  });
}

/**
 * The same for untrusted input: each certificate waits for its `turn`, and a root whose key is slow to verify with is a
 * problem. 20 certificates take 20 to 70 ms in all, none of them more than 4.
 */
export async function readRoots(
  pem: string,
  turn: () => Promise<void>,
): Promise<AnchorCount | AnchorProblem> {
  const blocks = orProblem(() => certificatesIn(pem));
  if ('problem' in blocks) return blocks;
  const seen = new Set<string>();
  let anchors = 0;
  for (const block of blocks) {
    await turn();
    const certificate = orProblem(() => openBlock(block, true));
    if ('problem' in certificate) return certificate;
    if (seen.has(certificate.sha256)) continue;
    seen.add(certificate.sha256);
    const problem = isSelfIssued(certificate) ? rootKeyProblem(certificate) : null;
    if (problem !== null) return { problem: `certificate ${block.number}: ${problem}` };
    if (isRoot(certificate)) anchors += 1;
  }
  return counted(pem, anchors, seen.size - anchors);
}

function orProblem<T>(read: () => T): T | AnchorProblem {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeProblem) return { problem: error.message };
    throw error;
  }
}

function certificatesIn(pem: string): readonly PemBlock[] {
  return pemBlocks(pem, isCertificateLabel, 'certificate');
}

function counted(pem: string, anchors: number, others: number): AnchorCount | AnchorProblem {
  return anchors > 0 ? { anchors, others } : { problem: noRootProblem(pem, others) };
}

/**
 * The store of the roots in PEM texts. An unreadable block is left out: `readAnchors` reported it when the file was
 * configured. A root's own signature is checked when the root is first used, so most of 150 never are.
 */
export function createAnchorStore(pems: readonly string[]): AnchorStore {
  const byName = new Map<string, OpenCertificate[]>();
  for (const certificate of pems.flatMap(readableCertificates)) {
    if (!isSelfIssued(certificate)) continue;
    const namesakes = byName.get(certificate.subjectKey);
    if (namesakes === undefined) byName.set(certificate.subjectKey, [certificate]);
    else if (namesakes.every(({ sha256 }) => sha256 !== certificate.sha256)) namesakes.push(certificate);
  }
  const checked = new Set<string>();
  return {
    issuersOf(issuerKey) {
      const namesakes = byName.get(issuerKey);
      if (namesakes === undefined) return [];
      if (checked.has(issuerKey)) return namesakes;
      checked.add(issuerKey);
      const roots = namesakes.filter(isRoot).sort((a, b) => b.notAfter - a.notAfter);
      byName.set(issuerKey, roots);
      return roots;
    },
  };
}

function isRoot(certificate: OpenCertificate): boolean {
  return isSelfIssued(certificate) && isSignedBy(certificate, certificate);
}

function readableCertificates(pem: string): OpenCertificate[] {
  return readPem(pem, isCertificateLabel, 'certificate').blocks.flatMap((block) => {
    try {
      return [openBlock(block, false)];
    } catch (error) {
      if (error instanceof DecodeProblem) return [];
      throw error;
    }
  });
}

/** `whole`: OpenSSL must be able to read it too. Not tried on each of 150 roots, because few are needed. */
function openBlock(block: PemBlock, whole: boolean): OpenCertificate {
  try {
    const certificate = openCertificate(certificateBytes(block));
    if (whole) certificate.x509();
    return certificate;
  } catch (error) {
    if (error instanceof DecodeProblem)
      throw new DecodeProblem(`certificate ${block.number}: ${error.message}`);
    throw error;
  }
}
