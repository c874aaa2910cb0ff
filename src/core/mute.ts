import type { Domain } from './domain.ts';
import { asMeant } from './stored-time.ts';

/** Whether the domain's notices are held back now. */
export function isMuted({ mutedUntil = 0 }: Pick<Domain, 'mutedUntil'>, now: number): boolean {
  return mutedUntil > now;
}

/** The domain with its mute corrected if it was set by a clock that was ahead; else the same object. */
export function boundMute(domain: Domain, now: number): Domain {
  const { mutedAt, mutedUntil } = domain;
  if (mutedAt === undefined || mutedUntil === undefined) return domain;
  const mute = { begunAt: mutedAt, endsAt: mutedUntil };
  const meant = asMeant(mute, now);
  return meant === mute ? domain : { ...domain, mutedAt: meant.begunAt, mutedUntil: meant.endsAt };
}
