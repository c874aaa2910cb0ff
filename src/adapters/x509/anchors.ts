import { isSelfIssued, isSignedBy, type OpenCertificate, openCertificate } from './decode.ts';
import { DecodeProblem } from './der.ts';
import { certificateBytes, certificateLabels, type PemBlock, pemBlocks } from './pem.ts';
import { rootKeyProblem } from './root-key.ts';

/**
 * Trust anchors by name. Roots only: an intermediate among the anchors would hide a server that forgot to send it,
 * and apps don't have it.
 */
export interface AnchorStore {
  /**
   * The roots that bear the name, which is a certificate's `issuerKey`. Their signatures on it are not checked here. The one that
   * lasts longest comes first, as in Conscrypt: a root is renewed with its key, and both are in the store.
   */
  issuersOf(issuerKey: string): readonly OpenCertificate[];
}

/** What a CA file holds: roots, which count, and other certificates, which don't. */
export interface AnchorCount {
  readonly anchors: number;
  readonly others: number;
}

/** A CA file that cannot be read: one sentence that names the block. */
export interface AnchorProblem {
  readonly problem: string;
}

/** Counts the roots in PEM text, for messages like "no root in the file" or "2 certificates are no root". */
export function readAnchors(pem: string): AnchorCount | AnchorProblem {
  try {
    const certificates = pemBlocks(pem, certificateBlocks).map((block) => openBlock(block, true));
    const anchors = certificates.filter(isRoot).length;
    return { anchors, others: certificates.length - anchors };
  } catch (error) {
    if (error instanceof DecodeProblem) return { problem: error.message };
    throw error;
  }
}

/**
 * The same for what a stranger sends: each certificate waits for its `turn`, and a root whose key takes long to verify with
 * is a problem. 20 certificates take 20 to 70 ms in all, and none over 4.
 */
export async function readRoots(
  pem: string,
  turn: () => Promise<void>,
): Promise<AnchorCount | AnchorProblem> {
  try {
    const seen = new Set<string>();
    let anchors = 0;
    for (const block of pemBlocks(pem, certificateBlocks)) {
      await turn();
      const certificate = openBlock(block, true);
      if (seen.has(certificate.sha256)) continue;
      seen.add(certificate.sha256);
      const problem = isSelfIssued(certificate) ? rootKeyProblem(certificate) : null;
      if (problem !== null) return { problem: `certificate ${block.number}: ${problem}` };
      if (isRoot(certificate)) anchors += 1;
    }
    return { anchors, others: seen.size - anchors };
  } catch (error) {
    if (error instanceof DecodeProblem) return { problem: error.message };
    throw error;
  }
}

/**
 * The store of the roots in PEM texts. A block that cannot be read is left out: `readAnchors` has told of it when the
 * file was configured. A root's own signature is checked when it is first asked for, which spares most of 150.
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
  return pemBlocks(pem, { ...certificateBlocks, lenient: true }).flatMap((block) => {
    try {
      return [openBlock(block, false)];
    } catch (error) {
      if (error instanceof DecodeProblem) return [];
      throw error;
    }
  });
}

const certificateBlocks = {
  wanted: (label: string) => certificateLabels.includes(label),
  noun: 'certificate',
};

/** `whole`: OpenSSL must be able to read it too, which is not tried on each of 150 roots of which few are needed. */
function openBlock({ number, label, body }: PemBlock, whole: boolean): OpenCertificate {
  try {
    const certificate = openCertificate(certificateBytes(label, body));
    if (whole) certificate.x509();
    return certificate;
  } catch (error) {
    if (error instanceof DecodeProblem) throw new DecodeProblem(`certificate ${number}: ${error.message}`);
    throw error;
  }
}
