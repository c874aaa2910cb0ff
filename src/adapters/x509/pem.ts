/** The bytes of PEM blocks. */
import { type PemBlock, readPem } from '../../core/pem.ts';
import { DecodeProblem, elementAt } from './der.ts';

/** The blocks of PEM text whose label is wanted. Throws DecodeProblem for one without an END line. */
export function pemBlocks(
  text: string,
  wanted: (label: string) => boolean,
  noun: string,
): readonly PemBlock[] {
  const { blocks, problem } = readPem(text, wanted, noun);
  if (problem !== null) throw new DecodeProblem(problem);
  return blocks;
}

/** The decoded bytes of a block. Throws DecodeProblem. */
export function pemBytes(text: string): Buffer {
  const base64 = text.replace(/\s+/g, '');
  // Buffer.from would skip what is not base64, and decode the rest.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    const hint = text.includes('\\n')
      ? `, found \\n written out as in an environment variable; printf '%b' "$(cat FILE)" | pinwatch pin from - reads it`
      : '';
    throw new DecodeProblem(`expected base64 between its BEGIN and END lines${hint}`);
  }
  return Buffer.from(base64, 'base64');
}

/** The certificate in a block with a certificate's label. Throws DecodeProblem. */
export function certificateBytes({ label, body }: Pick<PemBlock, 'label' | 'body'>): Buffer {
  const bytes = pemBytes(body);
  // OpenSSL's own TRUSTED form has its trust settings after the certificate.
  if (label !== 'TRUSTED CERTIFICATE') return bytes;
  return bytes.subarray(0, elementAt(bytes, 0, bytes.length, label).end);
}
