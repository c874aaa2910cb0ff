import { webcrypto } from 'node:crypto';
import {
  bundle,
  channel,
  configurationClaims,
  nextSigner,
  type Payload,
  root,
  spareRoot,
  statementClaims,
} from '../../verify/vectors/generator/bundle.ts';

export const trust = { roots: [root.point, spareRoot.point], audience: channel };
export const { subtle } = webcrypto;

type Claims = Readonly<Record<string, unknown>>;

/** A right bundle with these claims beside the usual ones. */
export function bundleOf(over: Claims = {}): Buffer {
  return Buffer.from(bundle({ configuration: { payload: configurationClaims(over) } }));
}

/** The same of generation 2, whose only key is another. */
export function rotatedBundle(over: Claims = {}): Buffer {
  const payload: Payload = statementClaims({ gen: 2, keys: [nextSigner.jwk] });
  const configuration = { payload: configurationClaims(over), key: nextSigner };
  return Buffer.from(bundle({ statement: { payload }, configuration }));
}
