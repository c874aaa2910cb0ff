/** The only reader of PEM text (RFC 7468). The content of blocks is decoded elsewhere. */
import { quote } from './quote.ts';

/** The text between a BEGIN line and its END line. */
export interface PemBlock {
  /** Counted from 1 among the wanted blocks. */
  readonly number: number;
  readonly label: string;
  readonly body: string;
}

export interface PemText {
  /** In order, up to the first block without an END line. */
  readonly blocks: readonly PemBlock[];
  /** What is wrong with the first block without an END line; null if there is none. */
  readonly problem: string | null;
}

export const pemBegin = '-----BEGIN ';

/** The labels that OpenSSL reads a certificate from. */
export const certificateLabels: readonly string[] = [
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
];

export const isCertificateLabel = (label: string): boolean => certificateLabels.includes(label);

/**
 * The blocks with a wanted label; everything else is skipped: other blocks, comments, bag attributes, a byte order
 * mark. Lines may be indented or end with CRLF. `noun` names a block in the problem. Each character is read once,
 * however many blocks lack an end.
 */
export function readPem(text: string, wanted: (label: string) => boolean, noun: string): PemText {
  const blocks: PemBlock[] = [];
  for (let at = 0; ; ) {
    const begin = text.indexOf(pemBegin, at);
    if (begin === -1) return { blocks, problem: null };
    const labelStart = begin + pemBegin.length;
    const labelEnd = text.indexOf('-----', labelStart);
    if (labelEnd === -1) return { blocks, problem: null };
    const label = text.slice(labelStart, labelEnd);
    at = labelEnd + 5;
    if (!wanted(label)) continue;
    const number = blocks.length + 1;
    const end = text.indexOf(`-----END ${label}-----`, at);
    const body = text.slice(at, end);
    // A block that begins before this one ends: this one lacks its END line.
    if (end === -1 || body.includes(pemBegin)) {
      // The label comes from the file, so it is bounded and escaped.
      const shown = quote(label).slice(1, -1);
      return { blocks, problem: `${noun} ${number}: found no -----END ${shown}-----` };
    }
    blocks.push({ number, label, body });
    at = end + 5;
  }
}
