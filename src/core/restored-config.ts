/** The signed configuration of an account after a backup was restored. */
import type { ConfigState } from './config-state.ts';

/**
 * The versions that may have been published after the backup, which nothing in it tells. Apps refuse a version below the one
 * that they hold, so the next one gets a number above them all: numbers cost nothing. Not more than this, as installs are
 * counted by version only up to `versionsApart` below the newest.
 */
const mostPublishedSince = 50;

/** With the version that the next one has to exceed. */
export function withFloor(state: ConfigState): ConfigState {
  if (state.published === null) return state;
  // A backup of a restored store may have been followed by publications above its floor.
  return { ...state, floor: Math.max(state.published.version, state.floor ?? 0) + mostPublishedSince };
}

/** Above everything that apps may hold: of the store, of a backup that was restored, and of what this process serves. */
export function nextVersion(
  { published, floor }: Pick<ConfigState, 'published' | 'floor'>,
  held: number,
): number {
  return Math.max(published?.version ?? 0, floor ?? 0, held) + 1;
}
