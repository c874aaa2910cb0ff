import { createHmac, timingSafeEqual } from 'node:crypto';
import { children, DecodeProblem, type Element, expect, tags } from './der.ts';
import {
  deriveKey,
  derivePkcs12Key,
  type Password,
  prfHash,
  purposes,
  readCount,
  readOid,
  type Spend,
  WrongPassword,
} from './key-derivation.ts';

/** Digests by OID, and how many bytes they have. */
const DIGESTS: Readonly<Record<string, readonly [string, number]>> = {
  '1.3.14.3.2.26': ['sha1', 20],
  '2.16.840.1.101.3.4.2.1': ['sha256', 32],
  '2.16.840.1.101.3.4.2.2': ['sha384', 48],
  '2.16.840.1.101.3.4.2.3': ['sha512', 64],
};

const PBMAC1 = '1.2.840.113549.1.5.14';

/** Keys of PBMAC1 are as long as the hash, and stated by the file. */
const MAX_KEY_BYTES = 64;

/** Checks MacData (RFC 7292, section 4) over `content`. Throws WrongPassword, or DecodeProblem. */
export async function verifyMac(
  der: Buffer,
  mac: Element,
  content: Buffer,
  password: Password,
  spend: Spend,
): Promise<void> {
  const outer = expect(der, mac.start, mac.end, tags.sequence, 'MacData');
  const info = expect(der, outer.content, outer.end, tags.sequence, 'MacData');
  const [algorithm, stated] = children(der, info, 'MacData');
  if (algorithm?.tag !== tags.sequence || stated?.tag !== tags.octetString) {
    throw new DecodeProblem('MacData: expected an algorithm and a digest');
  }
  const [id, parameters] = children(der, algorithm, 'MacData');
  const oid = readOid(der, id, 'MacData');
  const { hash, key } =
    oid === PBMAC1 && parameters !== undefined
      ? await pbmac1(der, parameters, password, spend)
      : classic(der, outer, info, oid, password, spend);
  const computed = createHmac(hash, key).update(content).digest();
  key.fill(0);
  const expected = der.subarray(stated.content, stated.end);
  if (computed.length !== expected.length || !timingSafeEqual(computed, expected)) throw new WrongPassword();
}

interface MacKey {
  readonly hash: string;
  readonly key: Buffer;
}

function classic(
  der: Buffer,
  outer: Element,
  info: Element,
  oid: string,
  password: Password,
  spend: Spend,
): MacKey {
  const [hash, length] = DIGESTS[oid] ?? [];
  if (hash === undefined || length === undefined) {
    throw new DecodeProblem(`MacData: expected SHA-1, SHA-256, SHA-384, SHA-512 or PBMAC1, found ${oid}`);
  }
  const salt = expect(der, info.end, outer.end, tags.octetString, 'MacData');
  const [count] = children(der, { ...outer, content: salt.end }, 'MacData');
  const iterations = count === undefined ? 1 : readCount(der, count, 'iterations');
  const derivation = {
    hash,
    purpose: purposes.mac,
    salt: der.subarray(salt.content, salt.end),
    iterations,
    length,
  };
  return { hash, key: derivePkcs12Key(derivation, password, spend) };
}

/** RFC 9579: PBKDF2 and HMAC, where PKCS#12 once had its own derivation. */
async function pbmac1(der: Buffer, parameters: Element, password: Password, spend: Spend): Promise<MacKey> {
  const [derivation, scheme] = children(der, parameters, 'PBMAC1');
  if (derivation?.tag !== tags.sequence || scheme?.tag !== tags.sequence) {
    throw new DecodeProblem('PBMAC1: expected a key derivation and a MAC');
  }
  const hash = prfHash(readOid(der, children(der, scheme, 'PBMAC1')[0], 'PBMAC1'));
  const length = statedKeyLength(der, derivation);
  return { hash, key: await deriveKey(der, derivation, password, length, spend) };
}

/** PBKDF2's keyLength, which RFC 9579 section 5 makes mandatory. */
function statedKeyLength(der: Buffer, derivation: Element): number {
  const [, parameters] = children(der, derivation, 'PBMAC1');
  const counts = parameters
    ? children(der, parameters, 'PBMAC1').filter(({ tag }) => tag === tags.integer)
    : [];
  const length = readCount(der, counts[1], 'PBMAC1: key length');
  if (length > MAX_KEY_BYTES) {
    throw new DecodeProblem(`PBMAC1: expected a key of at most ${MAX_KEY_BYTES} bytes, found ${length}`);
  }
  return length;
}
