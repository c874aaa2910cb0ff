/** What a fault is: one row of the table. */
import type { Draw } from '../draw.ts';
import type { Fleet } from '../fleet.ts';

/** Faults of one lane never overlap. */
export type Lane = 'store' | 'mail' | 'names' | 'server' | `worker-${number}` | `target-${number}`;

export interface FaultKind {
  /** As docs/reliability.md lists it. */
  readonly name: string;
  readonly lanes: 'store' | 'mail' | 'names' | 'server' | 'worker' | 'target';
  /** How often it is drawn, relative to the others of its lane. */
  readonly weight: number;
  /** Why this fleet can't have it; null if it can. */
  readonly unavailable?: (fleet: Fleet) => string | null;
  /**
   * Whether pinwatch can be kept from probing: for as long as the fault lasts, and at least for `forMs` from its beginning.
   * Left out: it goes on.
   */
  readonly holds?: { readonly forMs: number };
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
