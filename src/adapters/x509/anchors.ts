import { isSelfIssued, isSignedBy, type OpenCertificate, openCertificate } from './decode.ts';
import { DecodeProblem, elementAt } from './der.ts';

/**
 * Trust anchors by name. Roots only: an intermediate among the anchors would hide a server that forgot to send it,
 * and apps don't have it.
 */
export interface AnchorStore {
  /** The roots that bear the name of the certificate's issuer. Their signatures on it are not checked here. */
  issuersOf(certificate: OpenCertificate): readonly OpenCertificate[];
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
    const certificates = pemBlocks(pem).map((block) => openBlock(block, true));
    const anchors = certificates.filter(isRoot).length;
    return { anchors, others: certificates.length - anchors };
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
    issuersOf({ issuerKey }) {
      const namesakes = byName.get(issuerKey);
      if (namesakes === undefined) return [];
      if (checked.has(issuerKey)) return namesakes;
      checked.add(issuerKey);
      const roots = namesakes.filter(isRoot);
      byName.set(issuerKey, roots);
      return roots;
    },
  };
}

function isRoot(certificate: OpenCertificate): boolean {
  return isSelfIssued(certificate) && isSignedBy(certificate, certificate);
}

function readableCertificates(pem: string): OpenCertificate[] {
  return pemBlocks(pem, 'lenient').flatMap((block) => {
    try {
      return [openBlock(block, false)];
    } catch (error) {
      if (error instanceof DecodeProblem) return [];
      throw error;
    }
  });
}

interface PemBlock {
  /** Counted from 1 among the certificates. */
  readonly number: number;
  readonly label: string;
  readonly body: string;
}

/** The labels that OpenSSL reads a CA from. */
const LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

/**
 * The certificates in PEM text (RFC 7468), whatever stands between them. By hand and forward only, where a regular
 * expression would search to the end of the text again for each block that has none.
 */
function pemBlocks(pem: string, mode: 'strict' | 'lenient' = 'strict'): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = 0; ; ) {
    const begin = pem.indexOf('-----BEGIN ', at);
    if (begin === -1) return blocks;
    const labelEnd = pem.indexOf('-----', begin + 11);
    if (labelEnd === -1) return blocks;
    const label = pem.slice(begin + 11, labelEnd);
    const isCertificate = LABELS.includes(label);
    const end = isCertificate ? pem.indexOf(`-----END ${label}-----`, labelEnd) : labelEnd;
    if (end === -1) {
      if (mode === 'lenient') return blocks;
      throw new DecodeProblem(`certificate ${blocks.length + 1}: found no -----END ${label}-----`);
    }
    if (isCertificate) blocks.push({ number: blocks.length + 1, label, body: pem.slice(labelEnd + 5, end) });
    at = end + 5;
  }
}

/** `whole`: OpenSSL must be able to read it too, which is not tried on each of 150 roots of which few are needed. */
function openBlock({ number, label, body }: PemBlock, whole: boolean): OpenCertificate {
  const base64 = body.replace(/\s+/g, '');
  // Buffer.from would leave out what is no base64, and decode the rest.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new DecodeProblem(`certificate ${number}: expected base64 between its BEGIN and END lines`);
  }
  const bytes = Buffer.from(base64, 'base64');
  try {
    // OpenSSL's own TRUSTED form has its trust settings after the certificate.
    const end = label === 'TRUSTED CERTIFICATE' ? elementAt(bytes, 0, bytes.length, label).end : bytes.length;
    const certificate = openCertificate(bytes.subarray(0, end));
    if (whole) certificate.x509();
    return certificate;
  } catch (error) {
    if (error instanceof DecodeProblem) throw new DecodeProblem(`certificate ${number}: ${error.message}`);
    throw error;
  }
}
