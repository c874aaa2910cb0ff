import { quote } from '../../core/quote.ts';
import { DecodeProblem, elementAt } from './der.ts';

/** What stands between one BEGIN line and its END line. */
export interface PemBlock {
  /** Counted from 1 among the blocks that were asked for. */
  readonly number: number;
  readonly label: string;
  readonly body: string;
}

export interface PemSearch {
  /** The labels to give; other blocks are read over. */
  readonly wanted: (label: string) => boolean;
  /** What a block is called in a problem: `certificate`, `block`. */
  readonly noun: string;
  /** Stop at a block without an end, and say nothing. */
  readonly lenient?: boolean;
}

export const pemBegin = '-----BEGIN ';

/**
 * The blocks of PEM text (RFC 7468), whatever stands between them. By hand and forward only, where a regular expression
 * would search to the end of the text again for each block that has none. Throws DecodeProblem.
 */
export function pemBlocks(pem: string, { wanted, noun, lenient = false }: PemSearch): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = 0; ; ) {
    const begin = pem.indexOf(pemBegin, at);
    if (begin === -1) return blocks;
    const labelStart = begin + pemBegin.length;
    const labelEnd = pem.indexOf('-----', labelStart);
    if (labelEnd === -1) return blocks;
    const label = pem.slice(labelStart, labelEnd);
    const isWanted = wanted(label);
    const end = isWanted ? pem.indexOf(`-----END ${label}-----`, labelEnd) : labelEnd;
    if (end === -1) {
      if (lenient) return blocks;
      // The label is the file's own text: shown as any other, bounded and escaped.
      const shown = quote(label).slice(1, -1);
      throw new DecodeProblem(`${noun} ${blocks.length + 1}: found no -----END ${shown}-----`);
    }
    if (isWanted) blocks.push({ number: blocks.length + 1, label, body: pem.slice(labelEnd + 5, end) });
    at = end + 5;
  }
}

/** The bytes that a block's text stands for. Throws DecodeProblem. */
export function pemBytes(text: string): Buffer {
  const base64 = text.replace(/\s+/g, '');
  // Buffer.from would leave out what is no base64, and decode the rest.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    const hint = text.includes('\\n')
      ? `, found \\n written out as in an environment variable; printf '%b' "$(cat FILE)" | pinwatch pin from - reads it`
      : '';
    throw new DecodeProblem(`expected base64 between its BEGIN and END lines${hint}`);
  }
  return Buffer.from(base64, 'base64');
}

/** The labels that OpenSSL reads a certificate from. */
export const certificateLabels = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

/** The certificate in a block of one of these labels. Throws DecodeProblem. */
export function certificateBytes(label: string, body: string): Buffer {
  const bytes = pemBytes(body);
  // OpenSSL's own TRUSTED form has its trust settings after the certificate.
  if (label !== 'TRUSTED CERTIFICATE') return bytes;
  return bytes.subarray(0, elementAt(bytes, 0, bytes.length, label).end);
}
