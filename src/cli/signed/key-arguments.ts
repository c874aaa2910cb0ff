import { fromBase64 } from '../../../verify/typescript/src/base64url.ts';
import { isPoint } from '../../../verify/typescript/src/p256.ts';
import { namedKey, type PublicKey } from '../../../verify/typescript/src/public-key.ts';
import { quote } from '../../core/quote.ts';
import { orUsageError, UsageError } from '../usage.ts';
import type { SignedPorts } from './ports.ts';

type Ports = Pick<SignedPorts, 'readFile' | 'readPublicKey' | 'isEncrypted' | 'subtle'>;

/** A public key as given: the base64 of its point, as `key show` prints it, or a PEM file. */
export async function publicKey(place: string, text: string, ports: Ports): Promise<PublicKey> {
  const point = fromBase64(text);
  if (point !== null && isPoint(point)) return namedKey(ports.subtle, point);
  const name = `${place}: ${quote(text)}`;
  const pem = new TextDecoder().decode(orUsageError(name, ports.readFile(text)));
  if (ports.isEncrypted(pem))
    throw new UsageError(`${name}: it is encrypted; name its public half, ${quote(`${text}.pub`)}`);
  return namedKey(ports.subtle, orUsageError(name, ports.readPublicKey(pem)));
}

/** The roots that apps have built in. */
export async function rootKeys(texts: readonly string[], ports: Ports): Promise<readonly Uint8Array[]> {
  if (texts.length === 0 || texts.length > 3) {
    throw new UsageError(`--root: expected 1 to 3 keys, as apps have them, found ${texts.length}`);
  }
  return (await Promise.all(texts.map((text) => publicKey('--root', text, ports)))).map(({ point }) => point);
}

/** For options that may be given several times. */
export function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
