import { type Trust, type VerifiedBundle, verifyBundle } from '../../../verify/typescript/src/bundle.ts';
import type { Configuration } from '../../../verify/typescript/src/configuration.ts';
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import type { Subtle } from '../../../verify/typescript/src/web-crypto.ts';
import { configurationPayload } from '../../core/configuration-payload.ts';
import { signLine } from './sign-line.ts';
import { type Signer, SigningProblem } from './signer.ts';

export interface MadeBundle {
  readonly bytes: Uint8Array;
  readonly bundle: VerifiedBundle;
}

/**
 * The key statement's line, and the configuration signed by one of its keys; verified as an app would. Rejects with
 * SigningProblem if it can't be signed, or if apps with these roots would refuse it.
 */
export async function makeBundle(
  statementLine: string,
  keys: readonly Uint8Array[],
  configuration: Configuration,
  signer: Signer,
  roots: Trust['roots'],
  subtle: Subtle,
): Promise<MadeBundle> {
  const payload = configurationPayload(configuration, configuration);
  const bytes = asciiBytes(statementLine + (await signLine('pin-config+jwt', payload, signer, keys, subtle)));
  const found = await verifyBundle(bytes, { roots, audience: configuration.audience }, null, subtle);
  if (found.bundle === null)
    throw new SigningProblem(`apps would refuse it: ${found.outcome}: ${found.detail}`);
  return { bytes, bundle: found.bundle };
}
