import { mostRootCharacters, mostRoots, rootBundle, rootCount } from '../../core/root-bundle.ts';
import { done, type Outcome, refuse } from './outcome.ts';

/** How many roots a PEM text holds, at least one; or what is wrong with it. However slow it is to read, others needn't wait. */
export type ReadRoots = (pem: string) => Promise<{ readonly anchors: number } | { readonly problem: string }>;

/**
 * Roots as they are stored: only the certificates. Unreadable roots would make every chain untrusted, and many roots
 * would slow down every probe of the domain.
 */
export async function checkedRoots(ca: string, readRoots: ReadRoots): Promise<Outcome<string>> {
  if (ca.length > mostRootCharacters) {
    return refuse(
      'unprocessable',
      `ca: expected at most ${mostRootCharacters} characters, found ${ca.length}`,
    );
  }
  const count = rootCount(ca);
  if (count > mostRoots) {
    return refuse('unprocessable', `ca: expected at most ${mostRoots} certificates, found ${count}`);
  }
  const found = await readRoots(ca);
  return 'problem' in found ? refuse('unprocessable', `ca: ${found.problem}`) : done(rootBundle(ca));
}
