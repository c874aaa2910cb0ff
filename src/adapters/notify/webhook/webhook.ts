import { createHmac } from 'node:crypto';
import { fnv1a } from '../../../core/hash.ts';
import type { Letter } from '../../../flow/mailer.ts';
import type { Notifier } from '../../../flow/notifier.ts';
import type { Post } from '../post.ts';

export interface WebhookOptions {
  readonly post: Post;
  /** The JSON part of a mail with these notices. */
  readonly jsonOf: (letter: Letter) => string;
  readonly clock: () => number;
}

/**
 * Posts the JSON part of the mail. `Pinwatch-Signature` is `sha256=` and the HMAC-SHA256 (RFC 2104), in hex, of the
 * timestamp, a dot and the body. The timestamp, in seconds since the epoch, is of the attempt: a receiver can refuse old
 * requests as replays. `Pinwatch-Id` is the same at every attempt with the same notices.
 */
export function createWebhook({ post, jsonOf, clock }: WebhookOptions): Notifier {
  return {
    async send({ url, key }, letter, signal) {
      if (key === undefined) return { outcome: 'failed_permanent', reason: 'the channel has no key' };
      const body = jsonOf(letter);
      const timestamp = String(Math.floor(clock() / 1_000));
      const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'pinwatch-id': idOf(letter),
        'pinwatch-timestamp': timestamp,
        'pinwatch-signature': `sha256=${signature}`,
      };
      return post({ url, headers, body, secrets: [key, signature] }, signal);
    },
  };
}

/** A receiver may have had the last attempt without saying so, and must not take what has joined the letter since for a repeat. */
function idOf({ id, transitions }: Letter): string {
  const told = transitions.map(({ incident, transition }) => `${incident} ${transition}`);
  return `${id}-${fnv1a(told.join()).toString(36)}`;
}
