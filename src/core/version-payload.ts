import type { Configuration } from '../../verify/typescript/src/configuration.ts';
import { readConfigurationText } from './configuration-text.ts';
import type { Entries } from './draft.ts';

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
  return configurationOf(payload, { issuedAt: 0, expiresAt: 1 }).domains;
}
