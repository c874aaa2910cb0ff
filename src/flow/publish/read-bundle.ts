import { readHead } from '../../../verify/typescript/src/configuration.ts';
import { readKeyStatement } from '../../../verify/typescript/src/key-statement.ts';
import { claimsOf, readLines } from '../../../verify/typescript/src/line.ts';
import { Refusal } from '../../../verify/typescript/src/refusal.ts';
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import type { ServedTuple } from '../../core/config-state.ts';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';

export interface BundleHead extends ServedTuple {
  readonly channel: string;
}

/** What a bundle claims, without a look at its signatures: to order texts of our own, not to believe them. */
export function readBundleHead(text: string): Parsed<BundleHead> {
  if (/[^\x20-\x7e\n]/.test(text)) return refused('expected ASCII');
  try {
    const [first, second] = readLines(asciiBytes(text));
    const { generation } = readKeyStatement(claimsOf(first, 'pin-keys+jwt').claims);
    const {
      audience: channel,
      version,
      issuedAt,
      expiresAt,
    } = readHead(claimsOf(second, 'pin-config+jwt').claims);
    return parsed({ channel, generation, version, issuedAt, expiresAt });
  } catch (error) {
    if (error instanceof Refusal) return refused(error.detail);
    throw error;
  }
}
