/**
 * What workers in one region tell those in another: what they saw, with each chain as it was sent. Who asked reads and
 * judges the chains, as if it had seen them itself.
 */
import type { Certificate } from '../../core/certificate.ts';
import type { Failed, Observation, Seen } from '../../core/observation.ts';
import type { ChainReader } from '../chain-reader.ts';

export interface RawSeen extends Omit<Seen, 'presented' | 'path' | 'hostMatches' | 'namedHosts' | 'region'> {
  /** DER, as presented, in wire order. */
  readonly chain: readonly Uint8Array[];
}

export type RawObservation = RawSeen | Omit<Failed, 'region'>;

/** Looks with `observe`, and keeps the chains that it read. */
export async function lookRaw(
  chains: ChainReader,
  observe: (chains: ChainReader) => Promise<readonly Observation[]>,
): Promise<RawObservation[]> {
  const sent = new Map<readonly Certificate[], readonly Uint8Array[]>();
  const observed = await observe({
    read(chain, ...rest) {
      const read = chains.read(chain, ...rest);
      if (read.failure === null) sent.set(read.decoded.presented, chain);
      return read;
    },
  });
  return observed.map((seen) => {
    if (seen.failure !== null) return seen;
    const { presented, path: _path, hostMatches: _matches, namedHosts: _hosts, ...facts } = seen;
    return { ...facts, chain: sent.get(presented) ?? [] };
  });
}

/** What another region saw, read by our own roots as of `now`, in milliseconds since the epoch. */
export function readRaw(
  raw: RawObservation,
  { host, ca }: { readonly host: string; readonly ca?: string },
  chains: ChainReader,
  now: number,
): Observation {
  if (raw.failure !== null) return raw;
  const { chain, ...facts } = raw;
  const read = chains.read(chain, host, ca, now);
  if (read.failure === null) return { ...facts, ...read.decoded };
  const { address, keyType, durationMs, unlisted } = facts;
  return {
    ...{ address, keyType, durationMs, failure: read.failure },
    ...(unlisted === undefined ? {} : { unlisted }),
  };
}
