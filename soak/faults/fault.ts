/** What a fault is: one row of the table. */
import type { Draw } from '../draw.ts';
import type { Fleet } from '../fleet.ts';
import type { Hold } from '../gaps.ts';
import type { StoreKind } from '../options.ts';

/** Faults of one lane never overlap. */
export type Lane = 'store' | 'mail' | 'names' | 'server' | `worker-${number}` | `target-${number}`;

export interface FaultKind {
  /** As docs/reliability.md lists it. */
  readonly name: string;
  readonly lanes: 'store' | 'mail' | 'names' | 'server' | 'worker' | 'target';
  /** How often it is drawn, relative to the others of its lane. */
  readonly weight: number;
  /** Only a fleet with this kind of Redis has it. Left out: every fleet. */
  readonly store?: StoreKind;
  /** Why this machine can't make it; null if it can. */
  readonly unavailable?: (fleet: Fleet) => string | null;
  /** How it keeps pinwatch from probing. Left out: it does not. */
  readonly holds?: Hold;
  /** There has to be something to tell, so a certificate is changed while it lasts. */
  readonly needsNews?: boolean;
  begin(context: FaultContext): Promise<Running>;
}

export interface FaultContext {
  readonly fleet: Fleet;
  readonly lane: Lane;
  readonly draw: Draw;
  /** Aborts when it has lasted too long, or when the soak ends. */
  readonly signal: AbortSignal;
}

export interface Running {
  /** Resolves when a log event or a metric has shown it; the fault lasts until then. */
  readonly seen: Promise<unknown>;
  /** Resolves when everything is as before. Called however `seen` ended. */
  end(): Promise<void>;
}
