/** Names a chain: two chains have the same name only if they are the same, byte for byte. `sha256` gives text. */
export function chainFingerprint(
  chain: readonly Uint8Array[],
  sha256: (bytes: Uint8Array) => string,
): string {
  const bytes = new Uint8Array(chain.reduce((sum, der) => sum + 4 + der.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const der of chain) {
    // With its length: the same bytes cut elsewhere are another chain.
    view.setUint32(at, der.length);
    bytes.set(der, at + 4);
    at += 4 + der.length;
  }
  return sha256(bytes);
}
