import { defaultRegion, parseRegion, regionExpected } from '../core/region.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';

/** The file's, else the environment's: the workers of all regions can then share a file. */
export function readRegion(
  reader: Reader,
  place: Place,
  { environment }: Pick<Outside, 'environment'>,
): string {
  if (place.raw !== undefined) return reader.parse(place, regionExpected, parseRegion) ?? defaultRegion;
  const named = environment.PINWATCH_REGION || undefined;
  const variable = { path: 'PINWATCH_REGION', raw: named };
  return reader.parse(variable, regionExpected, parseRegion) ?? defaultRegion;
}
