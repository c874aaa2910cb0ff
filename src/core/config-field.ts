/** Which earlier versions of a signed configuration apps may still hold. */
import type { ConfigVersion } from './config-state.ts';

/** At most this many are judged. Apps that hold an older one are few, and recover when they fetch. */
export const mostInField = 10;

export interface FieldRules {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly fieldForMs: number;
  /** Whether no app holds a version any more, as far as is known; left out: nothing is known. */
  readonly isRetired?: (version: number) => boolean;
}

/**
 * The versions below the published one, newest first. A version is in the field until the one after it has been there for
 * `fieldForMs`, or until it is known that no app holds it. `versions`: newest first.
 */
export function fieldOf<V extends Pick<ConfigVersion, 'version' | 'at'>>(
  versions: readonly V[],
  published: number,
  { now, fieldForMs, isRetired = () => false }: FieldRules,
): V[] {
  return versions
    .filter(({ version }, index) => {
      const successor = versions[index - 1];
      if (version >= published || successor === undefined || isRetired(version)) return false;
      return Date.parse(successor.at) >= now - fieldForMs;
    })
    .slice(0, mostInField);
}
