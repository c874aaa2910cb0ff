/** The servers whose chains were validated within a day, by endpoint. */
import type { Handshake, HandshakeRequest, Validity } from '../../../flow/handshaker.ts';
import type { Unproven } from './ask.ts';
import type { Known } from './dialogue.ts';
import { serverKeyOf } from './server-key.ts';

/** All of a handshake but its chain. */
type Outcome = Pick<Handshake, 'protocol' | 'negotiated'>;

/** How asking for less has gone. */
export interface Missed {
  /** Attempts that broke off, in a row. */
  broken: number;
  /** Until then node:tls is asked at once. */
  restsUntil: number;
}

/** What a server showed to node:tls. */
export interface Remembered extends Known, Missed {
  readonly outcome: Outcome;
  /** `[at, until)` in milliseconds since the epoch. */
  readonly validity: Validity;
}

/** Bounded by the endpoints that are probed within a day: 1 to 1.5 KB each, and some keys in OpenSSL's form besides. */
export interface Memory {
  /** null: node:tls is to be asked. */
  find(request: HandshakeRequest, now: number): Remembered | null;
  remember(request: HandshakeRequest, handshake: Handshake, validity: Validity): void;
}

const dayMs = 86_400_000;
const mostBroken = 3;
/** Slowness and a lack of connections pass, and may be ours. */
const restAfterBrokenMs = 3_600_000;
/** 60 MB at most. */
const mostKeyObjects = 10_000;

export function createMemory(keyObjects: number = mostKeyObjects): Memory {
  /** In the order in which they were validated: the oldest stands first. */
  const entries = new Map<string, Remembered>();
  let room = keyObjects;
  const forget = (endpoint: string, { key }: Remembered) => {
    entries.delete(endpoint);
    if (key.object !== null) room += 1;
  };
  const forgetBefore = (moment: number) => {
    for (const [endpoint, known] of entries) {
      if (known.validity.at > moment) return;
      forget(endpoint, known);
    }
  };
  return {
    find(request, now) {
      const known = entries.get(endpointName(request));
      if (known === undefined || now < known.restsUntil) return null;
      return known.validity.at <= now && now < known.validity.until ? known : null;
    },
    remember(request, { chain, fingerprint, protocol, negotiated }, validity) {
      const endpoint = endpointName(request);
      const before = entries.get(endpoint);
      if (before !== undefined) forget(endpoint, before);
      const isSame = before?.fingerprint === fingerprint;
      const key = isSame ? before.key : serverKeyOf(chain[0] ?? new Uint8Array(), room > 0);
      if (key === null) return;
      if (key.object !== null) room -= 1;
      entries.set(endpoint, {
        ...{ fingerprint, key, validity, outcome: { protocol, negotiated } },
        // Another chain is another start; the same one may be on a server that can't be asked for less.
        broken: isSame ? before.broken : 0,
        restsUntil: isSame ? before.restsUntil : 0,
      });
      forgetBefore(validity.at - dayMs);
    },
  };
}

/** After an attempt that proved nothing: a surprise will most likely be one again, a connection may break by chance. */
export function noteMiss(known: Missed, { unproven }: Unproven, now: number): void {
  known.broken += 1;
  if (unproven === 'surprise') known.restsUntil = now + dayMs;
  else if (known.broken >= mostBroken) known.restsUntil = now + restAfterBrokenMs;
  else return;
  known.broken = 0;
}

/** What is the same in all of an endpoint's handshakes. */
export function endpointName({ address, port, host, offer, alpn }: HandshakeRequest): string {
  return `${address} ${port} ${host} ${offer} ${alpn.join()}`;
}
