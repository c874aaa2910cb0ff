import type { KeyType } from '../../core/observation.ts';
import type { Platform } from '../../core/platforms.ts';
import { rootBundle } from '../../core/root-bundle.ts';
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

/** How a domain is probed, as the API takes it; null takes a setting away, a key that is left out stays. */
export interface Settings {
  readonly connect?: readonly string[] | null;
  readonly keyTypes?: readonly KeyType[] | null;
  readonly alpn?: readonly string[] | null;
  readonly platforms?: readonly Platform[] | null;
  readonly ca?: string | null;
}

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
    ...(typeof caFile === 'string' ? { caFile } : {}),
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
