import { type KeyStatement, readKeyStatement } from '../../../verify/typescript/src/key-statement.ts';
import { claimsOf, openLine, readLine } from '../../../verify/typescript/src/line.ts';
import { namedKey } from '../../../verify/typescript/src/public-key.ts';
import { Refusal } from '../../../verify/typescript/src/refusal.ts';
import type { Subtle } from '../../../verify/typescript/src/web-crypto.ts';
import { type StatementClaims, statementPayload } from '../../core/bundle-line.ts';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { signLine } from './sign-line.ts';
import { type Signer, SigningProblem } from './signer.ts';

/** A key statement as a line, signed by a root. Rejects with SigningProblem. */
export function certify(claims: StatementClaims, root: Signer, subtle: Subtle): Promise<string> {
  if (root.point === null) throw new SigningProblem(`${root.name}: expected a root key`);
  return signLine('pin-keys+jwt', statementPayload(claims), root, [root.point], subtle);
}

export interface OpenedStatement {
  /** With its line end. */
  readonly line: string;
  readonly statement: KeyStatement;
  /** The `kid` of the root that has signed it. */
  readonly root: string;
}

/** The key statement in a file that holds it alone, or a whole bundle; verified with these roots. */
export async function openStatement(
  bytes: Uint8Array,
  roots: readonly Uint8Array[],
  subtle: Subtle,
): Promise<Parsed<OpenedStatement>> {
  const first = firstLine(bytes);
  try {
    const named = await Promise.all(roots.map((point) => namedKey(subtle, point)));
    const { claims, kid } = await openLine(
      subtle,
      readLine('line 1', first),
      'pin-keys+jwt',
      named,
      'unknown_root',
    );
    const line = `${String.fromCharCode(...first)}\n`;
    return parsed({ line, statement: readKeyStatement(claims), root: kid });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(`expected a key statement, ${error.code}: ${error.detail}`);
  }
}

/** What a key statement claims, without a look at its signature: to be shown, not to be believed. */
export function readClaimedStatement(bytes: Uint8Array): Parsed<Omit<OpenedStatement, 'line'>> {
  try {
    const { claims, kid } = claimsOf(readLine('line 1', firstLine(bytes)), 'pin-keys+jwt');
    return parsed({ statement: readKeyStatement(claims), root: kid });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(`expected a key statement, ${error.code}: ${error.detail}`);
  }
}

function firstLine(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(10);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
