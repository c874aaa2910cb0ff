/**
 * Sessions of the page. The cookie is a random id. The store has the token under a hash of that id, sealed with a key
 * derived from it: neither the cookie nor the store alone gives a token, and a sign-out ends the session everywhere. The
 * token is verified at each request, so a revoked one ends its sessions at once.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { SessionStore } from '../../../flow/admin/session-store.ts';

export interface Sessions {
  /** Returns the cookie's value. */
  open(token: string): Promise<string>;
  /** The token of the session in a Cookie header; null if there is none, or it is over. */
  tokenOf(cookies: string): Promise<string | null>;
  close(cookies: string): Promise<void>;
}

/** A working day. */
export const sessionMs = 12 * 3_600_000;

export const cookieName = 'pinwatch_session';

const cipher = 'aes-256-gcm';

export function createSessions(store: SessionStore): Sessions {
  return {
    async open(token) {
      const id = randomBytes(32).toString('base64url');
      await store.put(storedAs(id), seal(id, token), sessionMs);
      return id;
    },
    async tokenOf(cookies) {
      const id = idIn(cookies);
      const sealed = id === null ? null : await store.get(storedAs(id));
      return id === null || sealed === null ? null : unseal(id, sealed);
    },
    async close(cookies) {
      const id = idIn(cookies);
      if (id !== null) await store.remove(storedAs(id));
    },
  };
}

/**
 * Before the name of a cookie: browsers take it only over HTTPS, `__Host-` also only for all paths of this very host
 * (RFC 6265bis, section 4.1.3). So neither another host of the domain nor plain HTTP can plant one.
 */
export type CookiePrefix = '__Host-' | '__Secure-' | '';

const prefixes: readonly CookiePrefix[] = ['__Host-', '__Secure-', ''];

/** RFC 6265, section 4.2.1. The safest, if there are several. */
function idIn(cookies: string): string | null {
  const found = new Map(
    cookies.split(';').flatMap((pair) => {
      const [, prefix = '', id] = /^ *(__Host-|__Secure-)?pinwatch_session=([\w-]{43}) *$/.exec(pair) ?? [];
      return id === undefined ? [] : [[prefix as CookiePrefix, id] as const];
    }),
  );
  const best = prefixes.find((prefix) => found.has(prefix));
  return best === undefined ? null : (found.get(best) ?? null);
}

function storedAs(id: string): string {
  return createHash('sha256').update(`session ${id}`).digest('base64url');
}

function keyOf(id: string): Buffer {
  return Buffer.from(hkdfSync('sha256', id, '', 'pinwatch session', 32));
}

function seal(id: string, token: string): string {
  // Each key seals once, so the nonce may be the same.
  const sealing = createCipheriv(cipher, keyOf(id), Buffer.alloc(12));
  const sealed = Buffer.concat([sealing.update(token, 'utf8'), sealing.final()]);
  return Buffer.concat([sealing.getAuthTag(), sealed]).toString('base64url');
}

/** null: it was changed in the store. */
function unseal(id: string, text: string): string | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < 16) return null;
  const opening = createDecipheriv(cipher, keyOf(id), Buffer.alloc(12), { authTagLength: 16 });
  opening.setAuthTag(bytes.subarray(0, 16));
  try {
    return Buffer.concat([opening.update(bytes.subarray(16)), opening.final()]).toString('utf8');
  } catch {
    return null;
  }
}
