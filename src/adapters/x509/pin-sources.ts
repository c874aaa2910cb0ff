/** Every key in a file with its pin, in any form that a CA or key store commonly writes. */
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { certificateLabels, type PemBlock, pemBegin } from '../../core/pem.ts';
import type { PinSourceItem } from '../../core/pin-source.ts';
import { quote } from '../../core/quote.ts';
import { withDefiniteLengths } from './ber.ts';
import { DecodeProblem } from './der.ts';
import { followedByJunk, foreignForm } from './foreign-forms.ts';
import { encryptedKeyItem, pemEncryptedKeyItem, privateKeyItem, publicKeyItem } from './key-files.ts';
import { type AskPassword, createKeyring, type Keyring } from './keyring.ts';
import { certificateBytes, pemBlocks, pemBytes } from './pem.ts';
import { pkcs7Certificates } from './pkcs7.ts';
import { readPkcs12 } from './pkcs12.ts';
import { certificateItem, requestItem } from './signed-items.ts';
import { type Structure, structureNames, structureOf } from './structure.ts';

/** A bundle of all of Node's 150 roots has 220 KB. */
export const maxSourceBytes = 1 << 20;
const MAX_ITEMS = 100;

const LABELS: Readonly<Record<string, Structure>> = {
  ...Object.fromEntries(certificateLabels.map((label) => [label, 'certificate' as const])),
  'CERTIFICATE REQUEST': 'request',
  'NEW CERTIFICATE REQUEST': 'request',
  'PUBLIC KEY': 'public-key',
  'RSA PUBLIC KEY': 'rsa-public-key',
  'PRIVATE KEY': 'private-key',
  'RSA PRIVATE KEY': 'rsa-private-key',
  'EC PRIVATE KEY': 'ec-private-key',
  'ENCRYPTED PRIVATE KEY': 'encrypted-private-key',
  PKCS7: 'pkcs7',
  'PKCS #7 SIGNED DATA': 'pkcs7',
  CMS: 'pkcs7',
};

/** Blocks without a key that may be beside one: openssl ecparam writes the first of these before each key. */
const READ_OVER = ['EC PARAMETERS', 'DSA PARAMETERS', 'DH PARAMETERS', 'X509 CRL'];

/**
 * The keys in PEM, DER, PKCS#7 or PKCS#12, in the file's order, recognized by structure and never by file name; or one
 * sentence that names the block. The password is asked for only if the empty one doesn't fit, unless it `isGiven`
 * already.
 */
export async function readPinSource(
  bytes: Uint8Array,
  askPassword: AskPassword,
  isGiven = false,
): Promise<Parsed<readonly PinSourceItem[]>> {
  if (bytes.length === 0) return refused('it is empty');
  if (bytes.length > maxSourceBytes) {
    return refused(`expected at most ${maxSourceBytes} bytes, found ${bytes.length}`);
  }
  // A copy, because private keys in it are overwritten as soon as they are read, and all of it at the end.
  const copy = Buffer.from(bytes);
  try {
    const items: PinSourceItem[] = [];
    await readAll(copy, createKeyring(askPassword, isGiven), (item) => {
      if (items.length >= MAX_ITEMS)
        throw new DecodeProblem(`expected at most ${MAX_ITEMS} keys, found more`);
      items.push(item);
    });
    return items.length > 0 ? parsed(items) : refused(`expected a certificate or key, found none`);
  } catch (error) {
    // Any other error is due to these bytes: a file must not cause a crash, with key material in the stack trace.
    return refused(error instanceof DecodeProblem ? error.message : 'unexpected structure');
  } finally {
    copy.fill(0);
  }
}

type Collect = (item: PinSourceItem) => void;

async function readAll(bytes: Buffer, keyring: Keyring, collect: Collect): Promise<void> {
  const structure = structureOf(outermost(bytes));
  // DER before PEM: a certificate may contain PEM text.
  if (structure !== null) return read(structure, bytes, keyring, collect);
  const text = bytes.toString('latin1');
  const found = followedByJunk(bytes) ?? (text.includes(pemBegin) ? null : foreignForm(bytes));
  if (found !== null) {
    throw new DecodeProblem(
      `expected PEM, or DER of a certificate, a request, a key, PKCS#7 or PKCS#12, found ${found}`,
    );
  }
  for (const block of pemBlocks(text, (label) => !READ_OVER.includes(label), 'block')) {
    try {
      await readBlock(block, keyring, collect);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      throw new DecodeProblem(`block ${block.number}: ${error.message}`, { cause: error });
    }
  }
}

/** Only for reading the tags; if the bytes are not BER either, they are returned unchanged. */
function outermost(bytes: Buffer): Buffer {
  try {
    return withDefiniteLengths(bytes, 'file');
  } catch (error) {
    if (error instanceof DecodeProblem) return bytes;
    throw error;
  }
}

async function readBlock({ label, body }: PemBlock, keyring: Keyring, collect: Collect): Promise<void> {
  const structure = LABELS[label];
  if (structure === undefined) throw new DecodeProblem(unknownLabel(label));
  const encrypted = label.endsWith('PRIVATE KEY') ? pemEncryptedKeyItem(label, body, keyring) : null;
  if (encrypted !== null) return collect(await encrypted);
  const bytes = structure === 'certificate' ? certificateBytes({ label, body }) : pemBytes(body);
  const found = structureOf(outermost(bytes));
  if (found !== null && found !== structure) {
    throw new DecodeProblem(
      `expected ${structureNames[structure]}, as its BEGIN line says, found ${structureNames[found]}`,
    );
  }
  return read(structure, bytes, keyring, collect);
}

function unknownLabel(label: string): string {
  const hint =
    label === 'OPENSSH PRIVATE KEY'
      ? '; ssh-keygen -p -m PKCS8 -f FILE writes a key in a form that can be read, if it is RSA or ECDSA (on a copy: it overwrites FILE)'
      : '';
  return `expected a certificate, a request, a key or PKCS#7, found ${quote(label)}${hint}`;
}

async function read(structure: Structure, bytes: Buffer, keyring: Keyring, collect: Collect): Promise<void> {
  switch (structure) {
    case 'certificate':
      return collect(certificateItem(bytes));
    case 'request':
      return collect(requestItem(bytes));
    case 'public-key':
      return collect(publicKeyItem(bytes, 'spki'));
    case 'rsa-public-key':
      return collect(publicKeyItem(bytes, 'pkcs1'));
    case 'private-key':
      return collect(privateKeyItem(bytes, 'pkcs8'));
    case 'rsa-private-key':
      return collect(privateKeyItem(bytes, 'pkcs1'));
    case 'ec-private-key':
      return collect(privateKeyItem(bytes, 'sec1'));
    case 'encrypted-private-key':
      return collect(await encryptedKeyItem(bytes, keyring));
    case 'pkcs7':
      return readPkcs7(bytes, collect);
    case 'pkcs12':
      return readPkcs12(bytes, keyring, collect);
    default:
      return structure satisfies never;
  }
}

function readPkcs7(bytes: Buffer, collect: Collect): void {
  for (const [index, certificate] of pkcs7Certificates(bytes).entries()) {
    try {
      collect(certificateItem(certificate));
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      throw new DecodeProblem(`certificate ${index + 1}: ${error.message}`, { cause: error });
    }
  }
}
