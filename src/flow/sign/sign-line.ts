import type { LineType } from '../../../verify/typescript/src/line.ts';
import { isInRange } from '../../../verify/typescript/src/p256.ts';
import { namedKey } from '../../../verify/typescript/src/public-key.ts';
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import { type Subtle, verifyEs256 } from '../../../verify/typescript/src/web-crypto.ts';
import { signedLine, signedText } from '../../core/bundle-line.ts';
import { type Signer, SigningProblem } from './signer.ts';

/**
 * A line that one of `keys` has signed. Every signature is verified before use: a module that signs with another key, or a
 * fault in it, must not reach apps. Rejects with SigningProblem.
 */
export async function signLine(
  type: LineType,
  payload: string,
  signer: Signer,
  keys: readonly Uint8Array[],
  subtle: Subtle,
): Promise<string> {
  const certified = await Promise.all(keys.map((point) => namedKey(subtle, point)));
  const own = signer.point === null ? null : (await namedKey(subtle, signer.point)).kid;
  const candidates = own === null ? certified : certified.filter(({ kid }) => kid === own);
  const expected = certified.map(({ kid }) => kid).join(' or ');
  if (candidates.length === 0)
    throw new SigningProblem(`${signer.name}: expected key ${expected}, found ${own}`);
  // The header names the key, so each candidate has a text of its own. There are several only while keys are changed.
  for (const { kid, point } of candidates) {
    const signed = signedText(type, kid, payload);
    const bytes = asciiBytes(signed);
    const signature = await signer.sign(bytes);
    if (isInRange(signature) && (await verifyEs256(subtle, point, signature, bytes)))
      return signedLine(signed, signature);
  }
  throw new SigningProblem(`${signer.name}: expected a signature by key ${expected}, found another`);
}
