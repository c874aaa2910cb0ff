import { EventEmitter, once } from 'node:events';

/** A Redis that answers but must not be used; the message says why and what to do. */
export class UnfitRedis extends Error {}

export type RedisEvent =
  | { kind: 'away'; reason: string }
  | { kind: 'back'; awayMs: number }
  | { kind: 'unfit'; reason: string }
  /** After a failover: the new master lacks data that the old one had. */
  | { kind: 'lost'; bytes: number };

export interface LinkEvents {
  readonly event: (event: RedisEvent) => void;
  /** Runs each time a fit Redis returns, to restore what must exist there: it may have lost its data. */
  readonly ready: () => void;
}

export const retryMs = 500;

/** A Redis may become unfit, or a replica, while its connections stay open: how often it is checked. */
export const lookEveryMs = 3_000;

/** Short, to be back soon after Redis is: without an answer in this time, it is asked again. */
export const connectTimeoutMs = 3_000;

/** What is known about the connection: away, unfit or in use. Reports each change once. */
export class LinkState {
  #trouble: string | null = 'not connected yet';
  #unfit: string | null = null;
  readonly #on: LinkEvents;
  readonly #changes = new EventEmitter();
  #awaySince = performance.now();
  /** Reasons reported since Redis was last available. */
  readonly #told = new Set<string>();
  #fitSince = Number.POSITIVE_INFINITY;
  #closing = false;

  constructor(on: LinkEvents) {
    this.#on = on;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  /** Since when it has been usable, by `performance.now()`; infinity while it can't be used. */
  get fitSince(): number {
    return this.#trouble === null ? this.#fitSince : Number.POSITIVE_INFINITY;
  }

  readonly away = (reason: string): void => {
    if (this.#closing) return;
    if (this.#trouble === null) this.#awaySince = performance.now();
    this.#trouble = reason;
    // The same reasons every 500 ms would flood the log.
    if (!this.#told.has(reason)) this.#on.event({ kind: 'away', reason });
    this.#told.add(reason);
  };

  readonly closed = (): void => {
    if (this.#trouble === null) this.away('the connection was closed');
  };

  readonly unfit = (reason: string): void => {
    this.#trouble = reason;
    this.#unfit = reason;
    if (!this.#told.has(reason)) this.#on.event({ kind: 'unfit', reason });
    this.#told.add(reason);
    this.#changes.emit('change');
  };

  readonly lost = (bytes: number): void => {
    if (!this.#closing) this.#on.event({ kind: 'lost', bytes });
  };

  readonly back = (): void => {
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#unfit = null;
    this.#told.clear();
    this.#fitSince = performance.now();
    this.#on.event({ kind: 'back', awayMs: Math.round(performance.now() - this.#awaySince) });
    this.#changes.emit('change');
    this.#on.ready();
  };

  /** Stops all reports. */
  close(): void {
    this.#closing = true;
  }

  /** Resolves when Redis answers and is fit; rejects with `UnfitRedis`, or when the signal aborts. Has no timeout. */
  async whenFit(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#trouble !== null) {
      if (this.#unfit !== null) throw new UnfitRedis(this.#unfit);
      await once(this.#changes, 'change', { signal });
    }
  }
}
