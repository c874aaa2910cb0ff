/** Identifies a file in a form that is not read, and says how to convert it. */
import { pemBegin } from '../../core/pem.ts';
import { parsePin } from '../../core/pin.ts';
import { leadingElement } from './ber.ts';
import { DecodeProblem } from './der.ts';
import { type Structure, structureNames, structureOf } from './structure.ts';

const pipe = '| pinwatch pin from -';

/** First bytes in hex. */
const magics: readonly (readonly [RegExp, string])[] = [
  [
    /^feedfeed/,
    'a Java keystore (JKS); keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12 writes PKCS#12',
  ],
  [
    /^cececece/,
    'a Java keystore (JCEKS); keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS -destkeystore FILE.p12 -deststoretype PKCS12 writes PKCS#12',
  ],
  // Version 1 or 2, and a salt of 20 octets.
  [
    /^0000000[12]00000014/,
    "a Bouncy Castle keystore (BKS); keytool with Bouncy Castle's provider and -deststoretype PKCS12 writes PKCS#12",
  ],
  [/^504b0304/, 'a zip archive; unpack it, and give the files in it'],
  [/^1f8b/, `compressed data; gzip -dc FILE ${pipe} reads what is in it`],
];

/** Forms of text, ignoring white space around it. */
const texts: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:[^\n]*[ \t])?(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp\d{3}|sk-[\w-]+@openssh\.com)[ \t]+AAAA/,
    `an SSH public key; ssh-keygen -e -m PKCS8 -f FILE ${pipe} prints its pin, if it is RSA or ECDSA`,
  ],
  [
    /^---- BEGIN SSH2 PUBLIC KEY ----/,
    'an SSH public key; ssh-keygen -i -f FILE > FILE.pub writes it as OpenSSH does, and ssh-keygen -e -m PKCS8 -f FILE.pub as PEM, if it is RSA or ECDSA',
  ],
  [
    /^PuTTY-User-Key-File-\d/,
    'a PuTTY private key; puttygen FILE -O private-openssh -o FILE.key writes it as OpenSSH does',
  ],
];

/** How an error message continues after "found". */
export function foreignForm(bytes: Buffer): string {
  const start = bytes.subarray(0, 16).toString('hex');
  const magic = magics.find(([pattern]) => pattern.test(start))?.[1];
  if (magic !== undefined) return magic;
  if (isUtf16(bytes)) {
    return `UTF-16 text, as PowerShell writes it; iconv -f UTF-16 -t UTF-8 FILE ${pipe} reads it`;
  }
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  return (
    texts.find(([pattern]) => pattern.test(text))?.[1] ??
    jsonForm(text) ??
    encodedForm(text) ??
    cutForm(bytes) ??
    'neither'
  );
}

/**
 * Describes bytes after an otherwise readable structure; null if there are none. To be called before looking for PEM: a
 * certificate may contain another one as PEM text.
 */
export function followedByJunk(bytes: Buffer): string | null {
  const first = leading(bytes);
  if (first === null || first.end === bytes.length) return null;
  const next = leading(bytes.subarray(first.end));
  const more = bytes.length - first.end;
  const rest =
    next === null ? `${more} more ${more === 1 ? 'byte' : 'bytes'}` : structureNames[next.structure];
  return `${structureNames[first.structure]} in DER that is followed by ${rest}; head -c ${first.end} FILE ${pipe} reads it alone`;
}

function leading(bytes: Buffer): { readonly structure: Structure; readonly end: number } | null {
  try {
    const { der, end } = leadingElement(bytes, 'file');
    const structure = structureOf(der);
    return structure === null ? null : { structure, end };
  } catch (error) {
    if (error instanceof DecodeProblem) return null;
    throw error;
  }
}

/** With a byte order mark, or a PEM label in either byte order. */
function isUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const label = Buffer.from(pemBegin, 'utf16le');
  return bytes.includes(label) || bytes.includes(Buffer.from(label).swap16());
}

function jsonForm(text: string): string | null {
  if (!/^[[{]/.test(text)) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const toPem = (key: string) =>
    `node -p 'crypto.createPublicKey({key:${key},format:"jwk"}).export({type:"spki",format:"pem"})' < FILE ${pipe}`;
  const read = 'JSON.parse(fs.readFileSync(0))';
  if (isKey(json)) return `a JSON Web Key (JWK); ${toPem(read)} prints its pin`;
  const keys = isObject(json) && 'keys' in json ? json.keys : json;
  if (!Array.isArray(keys) || !keys.some(isKey)) return 'JSON without a key';
  const member = Array.isArray(json) ? '' : '.keys';
  return `a set of JSON Web Keys (JWKS); ${toPem(`${read}${member}[0]`)} prints the pin of the first`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7517: the key type is the required member. */
function isKey(value: unknown): boolean {
  return isObject(value) && 'kty' in value;
}

/** The bytes as hex or base64 text. */
function encodedForm(text: string): string | null {
  const pin = text.length < 200 ? parsePin(text) : null;
  if (pin?.ok) return `a pin already: ${pin.value}`;
  const packed = text.replace(/\s+/g, '');
  if (/^(?:[0-9a-f]{2})+$/i.test(packed)) {
    const inHex = leading(Buffer.from(packed, 'hex'));
    if (inHex !== null) return `${structureNames[inHex.structure]} in hex; xxd -r -p FILE ${pipe} reads it`;
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return null;
  const inside = Buffer.from(packed, 'base64');
  const read = `base64 -d FILE ${pipe} reads it`;
  if (inside.includes(pemBegin)) return `PEM in base64 once more; ${read}`;
  const inBase64 = leading(inside);
  return inBase64 === null
    ? null
    : `${structureNames[inBase64.structure]} in base64 without BEGIN and END lines; ${read}`;
}

/** A SEQUENCE with a length of several octets (no text starts like that) that is cut off. */
function cutForm(bytes: Buffer): string | null {
  const [tag, octets = 0] = bytes;
  if (tag !== 0x30 || octets < 0x81 || octets > 0x84 || bytes.length < 2 + (octets & 0x7f)) return null;
  const stated = 2 + (octets & 0x7f) + bytes.readUIntBE(2, octets & 0x7f);
  return stated > bytes.length
    ? `DER that is cut off: it states ${stated} bytes and has ${bytes.length}`
    : null;
}
