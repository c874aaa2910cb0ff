/**
 * UTF-8 without TextDecoder, which some React Native engines lack.
 */

/** The text; null for overlong forms, surrogates, code points above U+10FFFF and broken sequences (RFC 3629). */
export function fromUtf8(bytes: Uint8Array): string | null {
  const parts: string[] = [];
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const length =
      first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return null;
    let point = length === 1 ? first : first & (0x7f >> length);
    for (let next = at + 1; next < at + length; next += 1) {
      const byte = bytes[next] ?? 0;
      if (byte >> 6 !== 0b10) return null;
      point = (point << 6) | (byte & 0x3f);
    }
    if (length === 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return null;
    if (length === 4 && (point < 0x10000 || point > 0x10ffff)) return null;
    if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    at += length;
    // An engine takes only so many arguments.
    if (units.length > 4_096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  parts.push(String.fromCharCode(...units));
  return parts.join('');
}

/** The bytes of a text that has ASCII characters alone. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
