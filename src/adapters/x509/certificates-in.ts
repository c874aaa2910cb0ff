import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { isCertificateLabel, pemBegin } from '../../core/pem.ts';
import { openCertificate } from './decode.ts';
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

/** The certificates of a file, in PEM or a single one in DER, as PEM: nothing else of it, such as a private key. */
export function certificatesAsPem(file: Uint8Array): Parsed<string> {
  const bytes = Buffer.from(file);
  const text = bytes.toString('latin1');
  if (text.includes(pemBegin)) {
    const found = certificatesIn(text);
    return found.ok ? parsed(found.value.map(certificatePem).join('')) : found;
  }
  try {
    openCertificate(bytes).x509();
    return parsed(certificatePem(bytes));
  } catch {
    return refused('expected certificates in PEM, or one in DER');
  }
}

function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
