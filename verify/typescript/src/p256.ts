/** What WebCrypto does not answer, or answers differently from engine to engine, about the curve P-256 (FIPS 186-4). */
const fieldHex = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
const orderHex = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const p = BigInt(`0x${fieldHex}`);
const b = BigInt('0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b');
const three = BigInt(3);

/** Whether 64 bytes could be an ES256 signature: r and s in 1…n-1 (CVE-2022-21449 is what happens without). */
export function isInRange(signature: Uint8Array): boolean {
  const inRange = (half: Uint8Array) => {
    const hex = toHex(half);
    return !/^0+$/.test(hex) && hex < orderHex;
  };
  return signature.length === 64 && inRange(signature.subarray(0, 32)) && inRange(signature.subarray(32));
}

/** Whether 65 bytes, 04 X Y, are a point on the curve. */
export function isPoint(point: Uint8Array): boolean {
  if (point.length !== 65 || point[0] !== 4) return false;
  const x = BigInt(`0x${toHex(point.subarray(1, 33))}`);
  const y = BigInt(`0x${toHex(point.subarray(33))}`);
  if (x >= p || y >= p) return false;
  return (y * y - (x * x * x - three * x + b)) % p === BigInt(0);
}

function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
