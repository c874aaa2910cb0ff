import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { isCertificateLabel } from '../../core/pem.ts';
import { DecodeProblem } from './der.ts';
import { certificateBytes, pemBlocks } from './pem.ts';

/** The certificates in PEM text, in order, as DER. What they say is not read here. */
export function certificatesIn(pem: string): Parsed<readonly Uint8Array[]> {
  try {
    const blocks = pemBlocks(pem, isCertificateLabel, 'certificate');
    if (blocks.length === 0) return refused('expected certificates in PEM, found none');
    return parsed(blocks.map(certificateBytes));
  } catch (error) {
    if (error instanceof DecodeProblem) return refused(error.message);
    throw error;
  }
}
