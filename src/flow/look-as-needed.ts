import type { Domain } from '../core/domain.ts';
import { nextLook } from '../core/next-look.ts';
import type { Observation } from '../core/observation.ts';
import { placeName } from '../core/place.ts';
import { type DomainRecord, duePlaces } from '../core/record.ts';
import type { ProbeSettings } from '../core/settings.ts';
import type { Judgement } from '../core/verdict.ts';
import type { Look, ObservedDomain } from './observe.ts';

/** What the looks at a domain saw (the first one covers every endpoint), and the verdict on it. */
export interface Looked {
  readonly looks: readonly (readonly Observation[])[];
  readonly judgement: Judgement;
  /** When it was judged, in milliseconds since the epoch. */
  readonly at: number;
}

export interface LookPorts {
  /** Probes every endpoint once. */
  readonly observe: (domain: ObservedDomain, look: Look, signal: AbortSignal) => Promise<Observation[]>;
  readonly clock: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A server that uses up its deadline is not looked at again and again while others wait. */
const longestLooking = 3;

/**
 * One look, and more as `nextLook` requests, on fresh connections to the same addresses. `seen`: what a first look has
 * seen already.
 */
export async function lookAsNeeded(
  domain: Domain,
  record: DomainRecord,
  judgeNow: (looks: Looked['looks']) => Looked,
  { confirmAfterMs, timeoutMs }: Pick<ProbeSettings, 'confirmAfterMs' | 'timeoutMs'>,
  { observe, clock, pause }: LookPorts,
  signal: AbortSignal,
  seen?: readonly Observation[],
): Promise<Looked> {
  const startedAt = clock();
  const looks = [seen ?? (await observe(domain, { remembered: duePlaces(record) }, signal))];
  for (;;) {
    const looked = judgeNow(looks);
    const next = nextLook(record, looked.judgement, looks.length, looked.at);
    if (next === null) return looked;
    if (next.confirming) await pause(confirmAfterMs, signal);
    else if (looked.at - startedAt > longestLooking * timeoutMs) return looked;
    const places = next.endpoints.filter(({ address }) => address !== null).map(placeName);
    const keyTypes = next.endpoints.map(({ keyType }) => keyType);
    const narrowed = { ...domain, keyTypes: [...new Set(keyTypes)] };
    looks.push(await observe(narrowed, { again: [...new Set(places)] }, signal));
  }
}
