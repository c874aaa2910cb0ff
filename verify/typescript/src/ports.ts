import type { Change } from './change.ts';
import type { RefusalCode } from './refusal.ts';

/** What a client needs of the app around it. */

/** Survives a restart, in the app's private files, outside device backups: an old backup would be a rollback. */
export interface Storage {
  /** null if nothing of this name was written. */
  read(name: string): Promise<Uint8Array | null>;
  /** All or nothing: as a temporary file that is renamed, or one row of a database. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

export interface FetchRequest {
  readonly url: string;
  /** For `If-None-Match`, as the server gave it; null: without. */
  readonly etag: string | null;
  /** false: over a connection that only the platform's trust is asked about. The signature suffices. */
  readonly pinned: boolean;
}

export type Fetched =
  /** 200. Not more than 262,145 bytes need to be read. */
  | { readonly kind: 'bundle'; readonly body: Uint8Array; readonly etag: string | null }
  /** 304. */
  | { readonly kind: 'not_modified' }
  /** `decide` has said `mismatch` about this connection. */
  | { readonly kind: 'mismatch' }
  /** Any other status or error. */
  | { readonly kind: 'failed'; readonly reason: string };

/** One GET with a deadline, without redirects, cookies and HTTP cache. */
export type FetchBundle = (request: FetchRequest) => Promise<Fetched>;

export interface Events {
  /** Another configuration is in force. Close the connections that it concerns, and make pooled clients anew. */
  readonly changed?: (change: Change) => void;
  /** A bundle was refused. What was in force stays so. `source`: a URL, `storage` or `floor`. */
  readonly refused?: (code: RefusalCode, detail: string, source: string) => void;
  /** No URL could be fetched, or the storage failed: the app goes on with what it has. */
  readonly failed?: (source: string, reason: string) => void;
}

export interface Surroundings {
  readonly storage: Storage;
  readonly fetchBundle: FetchBundle;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Runs something once, after so many milliseconds; returns what cancels it. */
  readonly timer: (delayMs: number, run: () => void) => () => void;
  readonly events?: Events;
}
