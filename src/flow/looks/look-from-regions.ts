/**
 * One look at a domain from all of its regions at the same moment: from that of this process directly, and from the others
 * by workers there. Each observation then carries its region. With a single region, nothing carries one, and nobody is
 * asked.
 */
import type { Failed, KeyType, Observation } from '../../core/observation.ts';
import { addressesFrom, regionsIn } from '../../core/place.ts';
import { type KnownRegion, regionsOf, withExpected } from '../../core/region.ts';
import type { ProbeSettings } from '../../core/settings.ts';
import type { LookPorts } from '../look-as-needed.ts';
import type { Look, ObservedDomain } from '../observe.ts';
import { elapsed } from '../shake-hands.ts';
import { createHangingRegions } from './hanging-regions.ts';
import type { RawObservation } from './raw-look.ts';

export interface LookRequest {
  readonly domain: ObservedDomain;
  readonly look: Pick<Look, 'again' | 'remembered'>;
}

/** Workers of other regions. */
export interface RegionDesk {
  /**
   * null: none of them answered within `timeoutMs`, or not in a form that can be read. Rejects if it can't be asked, and
   * with the signal's reason if it is aborted.
   */
  ask(
    region: string,
    request: LookRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly RawObservation[] | null>;
}

export interface RegionPorts {
  readonly observe: LookPorts['observe'];
  /** The region of this process. */
  readonly own: string;
  /** All known regions, sorted by name. */
  readonly regions: () => readonly KnownRegion[];
  /** Whether what is seen carries its region, even if there is only one now. */
  readonly areNamed: () => boolean;
  /** Whether each worker that is there has had the time to announce itself. */
  readonly areComplete: () => boolean;
  readonly desk: RegionDesk;
  /** Told of a region that a domain names and no worker is in. */
  readonly onUnknown: (region: string, domain: ObservedDomain) => void;
  /** Reads what another region saw. */
  readonly read: (raw: RawObservation, domain: ObservedDomain, signal: AbortSignal) => Promise<Observation>;
  readonly settings: () => Pick<ProbeSettings, 'dnsTimeoutMs' | 'timeoutMs' | 'keyTypes'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** For the way to the other worker and back, and its wait for a free place. */
const wayMs = 5_000;

export function lookFromRegions(ports: RegionPorts): LookPorts['observe'] {
  const { observe, own, desk, clock } = ports;
  const hanging = createHangingRegions();

  async function elsewhere(
    { name, workers }: KnownRegion,
    domain: ObservedDomain,
    look: LookRequest['look'],
    signal: AbortSignal,
  ): Promise<Observation[]> {
    const { dnsTimeoutMs, timeoutMs, keyTypes } = ports.settings();
    const asked = domain.keyTypes ?? keyTypes;
    const waitMs = dnsTimeoutMs + timeoutMs + wayMs;
    const startedAt = clock();
    const request = { domain: { ...probedAs(domain), keyTypes: asked }, look };
    if (workers === 0) hanging.forget(name);
    const raw = workers === 0 ? null : await hanging.ask(name, () => answerOf(name, request, waitMs, signal));
    if (raw !== null && raw !== 'not_asked')
      return Promise.all(raw.map((one) => ports.read(one, domain, signal)));
    // What a look again did not see is simply not confirmed.
    if (look.again !== undefined && look.again.length > 0) return [];
    const why =
      workers === 0
        ? 'has been heard from lately'
        : raw === 'not_asked'
          ? 'has answered lately'
          : `answered within ${waitMs / 1_000} s`;
    return [away(name, asked, `no worker of pinwatch in ${name} ${why}`, elapsed(startedAt, clock()))];
  }

  async function answerOf(name: string, request: LookRequest, waitMs: number, signal: AbortSignal) {
    try {
      return await desk.ask(name, request, waitMs, signal);
    } catch {
      // Whatever keeps us from asking others must not keep us from telling what is seen from here.
      signal.throwIfAborted();
      return null;
    }
  }

  return async (domain, look, signal) => {
    const places = { again: look.again ?? [], remembered: look.remembered ?? [] };
    const from = (region: string | undefined) => ({
      again: addressesFrom(places.again, region),
      remembered: addressesFrom(places.remembered, region),
    });
    // What a domain asks for, or what is open, may be about a region whose workers have not announced themselves yet.
    const known = ports.areComplete()
      ? ports.regions()
      : withExpected(ports.regions(), [
          ...new Set([...(domain.regions ?? []), ...regionsIn(places.remembered)]),
        ]);
    if (known.length < 2) {
      // A further look names its endpoints as the first one did.
      const region = ports.areNamed() || regionsIn(places.again).length > 0 ? own : undefined;
      const isUsual = places.again.length === 0 && places.remembered.length === 0;
      const seen = await observe(domain, isUsual ? look : { ...look, ...from(region) }, signal);
      return region === undefined ? seen : seen.map((one) => ({ ...one, region }));
    }
    for (const name of domain.regions ?? []) {
      if (!known.some((region) => region.name === name)) ports.onUnknown(name, domain);
    }
    const looks = regionsOf(domain.regions, known).map(async (region) => {
      const here = from(region.name);
      if (places.again.length > 0 && here.again.length === 0) return [];
      const seen =
        region.name === own
          ? await observe(domain, { ...look, ...here }, signal)
          : await elsewhere(region, domain, here, signal);
      return seen.map((one) => ({ ...one, region: region.name }));
    });
    return (await Promise.all(looks)).flat();
  };
}

/** What of a domain decides how it is looked at. */
function probedAs({ host, port, connect, alpn, platforms, ca }: ObservedDomain): ObservedDomain {
  return {
    host,
    port,
    ...(connect === undefined ? {} : { connect }),
    ...(alpn === undefined ? {} : { alpn }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(ca === undefined ? {} : { ca }),
  };
}

function away(region: string, keyTypes: readonly KeyType[], message: string, durationMs: number): Failed {
  const [keyType = 'ecdsa'] = keyTypes;
  return { address: null, region, keyType, durationMs, failure: { code: 'region_away', message } };
}
