import { toBase64 } from '../../../verify/typescript/src/base64url.ts';
import type { PublicKey } from '../../../verify/typescript/src/public-key.ts';

/** A public key as programs get it. */
export function keyJson({ kid, point }: PublicKey) {
  return { kid, base64: toBase64(point), hex: hexOf(point) };
}

/** A public key for people: each form on a line of its own, to be copied whole. */
export function keyText(name: string, key: PublicKey): string {
  const { kid, base64, hex } = keyJson(key);
  return `${name}\n  kid     ${kid}\n  base64  ${base64}\n  hex     ${hex}\n`;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
