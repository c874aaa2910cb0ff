import { rootBundle } from '../../core/root-bundle.ts';
import type { BodyOf } from '../../wire/exchange.ts';
import { readCheckRequest, readPlatforms } from '../probing-options.ts';
import type { Remote } from './remote.ts';

/** As the command line gives them; false where the option's `--no-…` stands. */
export interface SettingOptions {
  readonly connect?: readonly string[] | false;
  readonly keyType?: readonly string[] | false;
  readonly alpn?: readonly string[] | false;
  readonly platform?: readonly string[] | false;
  readonly caFile?: string | false;
}

/** How a domain is probed, as the API takes it for a new one. */
export type NewSettings = Omit<BodyOf<'addDomain'>, 'host' | 'pins' | 'pinLevel' | 'note'>;

/** null takes a setting away, a key that is left out stays. */
export type Settings = BodyOf<'changeDomain'>;

/** Throws UsageError. */
export function readSettings(
  options: SettingOptions,
  { output, probe }: Pick<Remote, 'output' | 'probe'>,
): Settings {
  const { connect, keyType, alpn, platform, caFile } = options;
  const given = {
    ...(connect ? { connect } : {}),
    ...(keyType ? { keyType } : {}),
    ...(alpn ? { alpn } : {}),
    ...(caFile ? { caFile } : {}),
  };
  // Read as `check` reads them; the host plays no part in it.
  const { domain } = readCheckRequest('HOST', 'localhost', given, output, probe());
  return {
    ...(connect === undefined ? {} : { connect: domain.connect ?? null }),
    ...(keyType === undefined ? {} : { keyTypes: keyType ? (domain.keyTypes ?? null) : null }),
    ...(alpn === undefined ? {} : { alpn: domain.alpn ?? null }),
    ...(platform === undefined ? {} : { platforms: readPlatforms(platform || undefined) ?? null }),
    ...(caFile === undefined ? {} : { ca: domain.ca === undefined ? null : rootBundle(domain.ca) }),
  };
}
