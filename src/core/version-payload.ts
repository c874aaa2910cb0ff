import type { Configuration } from '../../verify/typescript/src/configuration.ts';
import { readConfigurationText } from './configuration-text.ts';
import type { Entries } from './draft.ts';
import { withRoots } from './managed-roots.ts';

/** The content of a stored payload without dates. Throws if it can't be read. */
export function configurationOf(
  payload: string,
  dates: { readonly issuedAt: number; readonly expiresAt: number },
): Configuration {
  const read = readConfigurationText(payload, { audience: '', ...dates });
  if (!read.ok) throw new Error(`a stored configuration can't be read: ${read.problem}`);
  return read.value;
}

export function entriesOf(payload: string): Entries {
  const { domains, roots } = configurationOf(payload, { issuedAt: 0, expiresAt: 1 });
  return withRoots(domains, roots);
}
