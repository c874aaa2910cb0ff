import { EventEmitter, once } from 'node:events';

/** A Redis that answers and must not be used; the message says why and what to do. */
export class UnfitRedis extends Error {}

export type RedisEvent =
  | { kind: 'away'; reason: string }
  | { kind: 'back'; awayMs: number }
  | { kind: 'unfit'; reason: string };

export interface LinkEvents {
  readonly event: (event: RedisEvent) => void;
  /** Runs after each return of a fit Redis: what must exist there is put back, for it may have lost its data. */
  readonly ready: () => void;
}

export const retryMs = 500;

/** What is known of the connection: away, unfit or in use. It tells each change once. */
export class LinkState {
  #trouble: string | null = 'not connected yet';
  #unfit: string | null = null;
  readonly #on: LinkEvents;
  readonly #changes = new EventEmitter();
  #awaySince = Date.now();
  #told = '';
  #closing = false;

  constructor(on: LinkEvents) {
    this.#on = on;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  readonly away = (reason: string): void => {
    if (this.#closing) return;
    if (this.#trouble === null) this.#awaySince = Date.now();
    this.#trouble = reason;
    // The same reason every 500 ms would drown the log.
    if (this.#told !== reason) this.#on.event({ kind: 'away', reason });
    this.#told = reason;
  };

  readonly closed = (): void => {
    if (this.#trouble === null) this.away('the connection was closed');
  };

  readonly unfit = (reason: string): void => {
    this.#trouble = reason;
    this.#unfit = reason;
    if (this.#told !== reason) this.#on.event({ kind: 'unfit', reason });
    this.#told = reason;
    this.#changes.emit('change');
  };

  readonly back = (): void => {
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#unfit = null;
    this.#told = '';
    this.#on.event({ kind: 'back', awayMs: Date.now() - this.#awaySince });
    this.#changes.emit('change');
    this.#on.ready();
  };

  /** From now on nothing is told. */
  close(): void {
    this.#closing = true;
  }

  /** Resolves when Redis answers and is fit; rejects with `UnfitRedis`, or when the signal aborts. Waits as long as it takes. */
  async whenFit(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#trouble !== null) {
      if (this.#unfit !== null) throw new UnfitRedis(this.#unfit);
      await once(this.#changes, 'change', { signal });
    }
  }
}
