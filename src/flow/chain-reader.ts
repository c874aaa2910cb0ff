import type { Certificate, ValidatedPath } from '../core/certificate.ts';
import type { Failure, Seen } from '../core/observation.ts';

export interface DecodedChain extends Pick<Seen, 'namedHosts'> {
  readonly presented: readonly Certificate[];
  readonly path: ValidatedPath;
  readonly hostMatches: boolean;
}

/** Decodes a presented chain and builds its path, from memory if the same chain was read before. It is known by `fingerprint`. */
export interface ChainReader {
  read(
    chain: readonly Uint8Array[],
    host: string,
    ca: string | undefined,
    now: number,
    fingerprint?: string,
  ): { readonly failure: null; readonly decoded: DecodedChain } | { readonly failure: Failure };
}
