/** Holds nearly every chain, so that no room is made for each. Each call is done with it when it returns. */
const usualRoom = new Uint8Array(16 * 1024);
const usualView = new DataView(usualRoom.buffer);

/**
 * Names a chain: two chains have the same name only if they are the same, byte for byte. `sha256` gives text, and keeps nothing
 * of the bytes.
 */
export function chainFingerprint(
  chain: readonly Uint8Array[],
  sha256: (bytes: Uint8Array) => string,
): string {
  let length = 0;
  for (const der of chain) length += 4 + der.length;
  const isUsual = length <= usualRoom.length;
  const room = isUsual ? usualRoom : new Uint8Array(length);
  const view = isUsual ? usualView : new DataView(room.buffer);
  let at = 0;
  for (const der of chain) {
    // With its length: the same bytes cut elsewhere are another chain.
    view.setUint32(at, der.length);
    room.set(der, at + 4);
    at += 4 + der.length;
  }
  return sha256(room.subarray(0, length));
}
