/** The kinds of keys that node:tls was refused within a day, by endpoint, and how an app's hello alone is refused there. */
import type { FailedHandshake, HandshakeRequest } from '../../../flow/handshaker.ts';
import { endpointName, type Missed } from './memory.ts';
import type { Alert } from './refused.ts';

export interface Refusal extends Missed {
  /** What node:tls found out with all the hellos that it takes. */
  readonly outcome: FailedHandshake;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** null: an app's hello alone is not refused, or not by an alert. */
  readonly alert: Alert | null;
}

type Answerable = Refusal & { readonly alert: Alert };

/** Bounded by the endpoints that are probed within a day: some 400 bytes each. */
export interface Refusals {
  /** null: node:tls is to be asked. */
  find(request: HandshakeRequest, now: number): Answerable | null;
  /** What is remembered for the same outcome; undefined: nothing. */
  alertOf(request: HandshakeRequest, outcome: FailedHandshake, now: number): Alert | null | undefined;
  remember(request: HandshakeRequest, outcome: FailedHandshake, alert: Alert | null, now: number): void;
  forget(request: HandshakeRequest): void;
}

const dayMs = 86_400_000;

export function createRefusals(): Refusals {
  /** In the order in which node:tls was asked: the oldest stands first. */
  const entries = new Map<string, Refusal>();
  const current = (request: HandshakeRequest, now: number): Refusal | undefined => {
    const known = entries.get(endpointName(request));
    return known !== undefined && known.at <= now && now < known.at + dayMs ? known : undefined;
  };
  return {
    find(request, now) {
      const known = current(request, now);
      return known !== undefined && isAnswerable(known) && now >= known.restsUntil ? known : null;
    },
    alertOf(request, { failure }, now) {
      const known = current(request, now);
      return known?.outcome.failure.message === failure.message ? known.alert : undefined;
    },
    remember(request, outcome, alert, now) {
      const name = endpointName(request);
      const before = entries.get(name);
      entries.delete(name);
      entries.set(name, {
        ...{ outcome, at: now, alert },
        ...{ broken: before?.broken ?? 0, restsUntil: before?.restsUntil ?? 0 },
      });
      for (const [old, { at }] of entries) {
        if (at > now - dayMs) break;
        entries.delete(old);
      }
    },
    forget(request) {
      entries.delete(endpointName(request));
    },
  };
}

function isAnswerable(known: Refusal): known is Answerable {
  return known.alert !== null;
}
