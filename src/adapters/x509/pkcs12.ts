/**
 * PKCS#12 (RFC 7292): bags of certificates and keys, encrypted and authenticated by one password. node-forge would
 * decode each certificate and write it anew, knows no other key than RSA, and derives keys for as long as the file says.
 */
import type { PinSourceItem } from '../../core/pin-source.ts';
import { octetString, withDefiniteLengths } from './ber.ts';
import { decrypt } from './decryption.ts';
import { children, DecodeProblem, type Element, expect, tags } from './der.ts';
import { type Password, readOid, WrongPassword } from './key-derivation.ts';
import { encryptedKeyItem, privateKeyItem } from './key-files.ts';
import type { Keyring } from './keyring.ts';
import { verifyMac } from './pkcs12-mac.ts';
import { certificateItem } from './signed-items.ts';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';

/** Bags in bags are allowed, and used by nobody. */
const MAX_DEPTH = 4;

/** The items in the order of the file; `collect` may throw to end it. Throws DecodeProblem. */
export async function readPkcs12(
  bytes: Buffer,
  keyring: Keyring,
  collect: (item: PinSourceItem) => void,
): Promise<void> {
  const der = withDefiniteLengths(bytes, 'PKCS#12');
  const outer = expect(der, 0, der.length, tags.sequence, 'PKCS#12');
  const [version, info, mac] = children(der, outer, 'PKCS#12');
  if (version?.tag !== tags.integer || info === undefined) {
    throw new DecodeProblem('PKCS#12: expected a version and a content');
  }
  const content = dataContent(der, info);
  if (content === null) {
    throw new DecodeProblem('PKCS#12: expected one that is protected by a password, not by a signature');
  }
  const opened =
    mac === undefined
      ? keyring
      : await verified(keyring, (p) => verifyMac(der, mac, content, p, keyring.spend));
  const contents = withDefiniteLengths(content, 'AuthenticatedSafe');
  const safe = expect(contents, 0, contents.length, tags.sequence, 'AuthenticatedSafe');
  const bags: BagReader = { keyring: opened, collect, count: 0 };
  for (const part of children(contents, safe, 'AuthenticatedSafe')) {
    const plain = dataContent(contents, part);
    if (plain !== null) await readSafeContents(plain, bags, 0);
    else await readEncrypted(contents, part, bags);
  }
}

interface BagReader {
  readonly keyring: Keyring;
  readonly collect: (item: PinSourceItem) => void;
  /** Bags met, for the messages. */
  count: number;
}

/** With the password that the whole file was authenticated with: from then on a failure is no matter of passwords. */
async function verified(keyring: Keyring, check: (password: Password) => Promise<void>): Promise<Keyring> {
  const password = await keyring.unlock(async (candidate) => {
    await check(candidate);
    return candidate;
  });
  return {
    spend: keyring.spend,
    async unlock(attempt) {
      try {
        return await attempt(password);
      } catch (error) {
        if (!(error instanceof WrongPassword)) throw error;
        throw new DecodeProblem('PKCS#12: the password fits the file, but not all that is in it');
      }
    },
  };
}

/** The octets of a ContentInfo of type data; null for another type. */
function dataContent(der: Buffer, info: Element): Buffer | null {
  const { id, value } = typed(der, info, 'ContentInfo');
  if (id !== DATA) return null;
  const [octets] = children(der, value, 'ContentInfo');
  if (octets === undefined) throw new DecodeProblem('ContentInfo: expected an OCTET STRING, found none');
  return octetString(der, octets, 'ContentInfo');
}

/** `SEQUENCE { OBJECT IDENTIFIER, [0] value, … }`, the form of everything here. */
function typed(der: Buffer, element: Element, what: string): { id: string; value: Element } {
  const { start, end } = element;
  const outer = expect(der, start, end, tags.sequence, what);
  const [id, value] = children(der, outer, what);
  if (value?.tag !== tags.explicit0) throw new DecodeProblem(`${what}: expected a type and its value`);
  return { id: readOid(der, id, what), value };
}

async function readEncrypted(der: Buffer, part: Element, bags: BagReader): Promise<void> {
  const { id, value } = typed(der, part, 'ContentInfo');
  if (id !== ENCRYPTED_DATA) {
    throw new DecodeProblem(`PKCS#12: expected contents that are plain or under a password, found ${id}`);
  }
  const data = expect(der, value.content, value.end, tags.sequence, 'EncryptedData');
  const version = expect(der, data.content, data.end, tags.integer, 'EncryptedData');
  const content = expect(der, version.end, data.end, tags.sequence, 'EncryptedContentInfo');
  const [, algorithm, encrypted] = children(der, content, 'EncryptedContentInfo');
  if (algorithm === undefined || encrypted === undefined) {
    throw new DecodeProblem('EncryptedContentInfo: expected an algorithm and a content');
  }
  const ciphertext = octetString(der, encrypted, 'EncryptedContentInfo', implicitOctets);
  const plain = await bags.keyring.unlock(async (password) => {
    const candidate = await decrypt(der, algorithm, ciphertext, password, bags.keyring.spend);
    if (!isSequence(candidate)) throw new WrongPassword();
    return candidate;
  });
  try {
    await readSafeContents(plain, bags, 0);
  } finally {
    // Keys may be in it that have no encryption of their own.
    plain.fill(0);
  }
}

/** [0] IMPLICIT OCTET STRING. */
const implicitOctets = 0x80;

function isSequence(bytes: Buffer): boolean {
  try {
    const der = withDefiniteLengths(bytes, 'SafeContents');
    return expect(der, 0, der.length, tags.sequence, 'SafeContents').end === der.length;
  } catch (error) {
    if (error instanceof DecodeProblem) return false;
    throw error;
  }
}

async function readSafeContents(bytes: Buffer, bags: BagReader, depth: number): Promise<void> {
  const der = withDefiniteLengths(bytes, 'SafeContents');
  const outer = expect(der, 0, der.length, tags.sequence, 'SafeContents');
  for (const bag of children(der, outer, 'SafeContents')) {
    bags.count += 1;
    const number = bags.count;
    try {
      await readBag(der, bag, bags, depth);
    } catch (error) {
      if (!(error instanceof DecodeProblem) || error.message.startsWith('bag ')) throw error;
      throw new DecodeProblem(`bag ${number}: ${error.message}`, { cause: error });
    }
  }
}

async function readBag(der: Buffer, bag: Element, bags: BagReader, depth: number): Promise<void> {
  const { id, value } = typed(der, bag, 'SafeBag');
  const content = der.subarray(value.content, value.end);
  switch (id) {
    case '1.2.840.113549.1.12.10.1.1': // keyBag
      return bags.collect(privateKeyItem(content, 'pkcs8'));
    case '1.2.840.113549.1.12.10.1.2': // pkcs8ShroudedKeyBag
      return bags.collect(await encryptedKeyItem(content, bags.keyring));
    case '1.2.840.113549.1.12.10.1.3': {
      const certificate = certificateOf(content);
      if (certificate !== null) bags.collect(certificateItem(certificate));
      return;
    }
    case '1.2.840.113549.1.12.10.1.4': // crlBag
    case '1.2.840.113549.1.12.10.1.5': // secretBag
      return;
    case '1.2.840.113549.1.12.10.1.6': // safeContentsBag
      if (depth >= MAX_DEPTH) throw new DecodeProblem(`expected at most ${MAX_DEPTH} bags inside each other`);
      return readSafeContents(content, bags, depth + 1);
    default:
      throw new DecodeProblem(`expected a bag of PKCS#12, found the type ${id}`);
  }
}

/** The certificate in a CertBag; null where it is of another kind than X.509. */
function certificateOf(der: Buffer): Buffer | null {
  const { id, value } = typed(der, expect(der, 0, der.length, tags.sequence, 'CertBag'), 'CertBag');
  if (id !== X509_CERTIFICATE) return null;
  const [octets] = children(der, value, 'CertBag');
  if (octets === undefined) throw new DecodeProblem('CertBag: expected a certificate, found none');
  return octetString(der, octets, 'CertBag');
}
