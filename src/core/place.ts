/**
 * Where an endpoint is: its address and, if there are several regions, the region that it is seen from. As text
 * `192.0.2.1` or `192.0.2.1 eu-west`, as stored records have it. An address has no space, a region may have some.
 */
import type { KeyType } from './observation.ts';

export interface Place {
  readonly address: string | null;
  readonly region?: string;
}

export function placeName({ address, region }: Place): string {
  return region === undefined ? `${address}` : `${address} ${region}`;
}

/** Whether something is of the same region, as far as is known: what was stored before there were regions may be of any. */
export function isSameRegion(
  { region: one }: Pick<Place, 'region'>,
  { region: other }: Pick<Place, 'region'>,
): boolean {
  return one === other || one === undefined || other === undefined;
}

/** `192.0.2.1 ecdsa`, or `192.0.2.1 ecdsa eu-west`. */
export function endpointName({ address, keyType, region }: Place & { readonly keyType: KeyType }): string {
  return region === undefined ? `${address} ${keyType}` : `${address} ${keyType} ${region}`;
}

/** What people read after the name of an endpoint: ` from eu-west`; empty if there is only one region. */
export function fromRegion({ region }: Pick<Place, 'region'>): string {
  return region === undefined ? '' : ` from ${region}`;
}

/** Of the name of an endpoint. */
export function endpointParts(endpoint: string): {
  readonly address: string;
  readonly keyType: string;
  readonly region?: string;
} {
  const [address = '', keyType = '', ...region] = endpoint.split(' ');
  return region.length === 0 ? { address, keyType } : { address, keyType, region: region.join(' ') };
}

/** The regions of these places. */
export function regionsIn(places: readonly string[]): readonly string[] {
  return [...new Set(places.flatMap((place) => place.split(' ').slice(1).join(' ') || []))];
}

/** The addresses among these places that a region sees. One that was stored before there were regions is of each. */
export function addressesFrom(places: readonly string[], region: string | undefined): string[] {
  return places.flatMap((place) => {
    const end = place.indexOf(' ');
    if (end === -1) return [place];
    // After the last other region was forgotten, nothing carries a region any more.
    return region === undefined || place.slice(end + 1) === region ? [place.slice(0, end)] : [];
  });
}
