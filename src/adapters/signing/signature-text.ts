/**
 * What signing programs print: r and s in 64 bytes (WebCrypto, PKCS#11), or in DER (OpenSSL, most KMS), or either of them in
 * base64, base64url or hex. Whatever is read from it is verified afterwards, so that a wrong guess does no harm.
 */
export function readSignature(output: Uint8Array): Uint8Array | null {
  const binary = rawOf(output);
  if (binary !== null) return binary;
  const text = Buffer.from(output).toString('latin1').replace(/\s+/g, '');
  if (/^(?:[0-9a-f]{2}){1,80}$/i.test(text)) return rawOf(Buffer.from(text, 'hex'));
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? rawOf(Buffer.from(text, 'base64')) : null;
}

function rawOf(bytes: Uint8Array): Uint8Array | null {
  return fromDer(bytes) ?? (bytes.length === 64 ? bytes : null);
}

/** SEQUENCE of two positive INTEGERs, each of at most 32 bytes without its sign (RFC 3279, section 2.2.3). */
function fromDer(bytes: Uint8Array): Uint8Array | null {
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) return null;
  const raw = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = bytes[at + 1] ?? 0;
    const start = at + 2;
    const digits = bytes.subarray(start + (bytes[start] === 0 ? 1 : 0), start + length);
    if (bytes[at] !== 2 || length === 0 || start + length > bytes.length || digits.length > 32) return null;
    raw.set(digits, end - digits.length);
    at = start + length;
  }
  return at === bytes.length ? raw : null;
}
