import type { Notifier } from '../../../flow/notifier.ts';
import { cutAt, type TextOf } from '../message-text.ts';
import type { Post } from '../post.ts';
import { worstOf } from '../worst-of.ts';

/** Of a message: above 4,096 bytes it becomes an attachment. Three bytes a character at most, mostly one. */
const mostCharacters = 3_800;
const mostBytes = 4_000;

const priorities = { critical: 5, warning: 4, info: 3 } as const;

/**
 * Publishes as JSON, since header fields hold ASCII alone. The last part of the URL's path is the topic. Nothing is
 * Markdown unless it is asked for.
 */
export function createNtfy(post: Post, textOf: TextOf): Notifier {
  return {
    send({ url, key }, letter, signal) {
      const { title, text } = textOf(letter);
      const worst = worstOf(letter.transitions);
      const at = new URL(url);
      const topic = decodeURIComponent(at.pathname.split('/').filter(Boolean).at(-1) ?? '');
      at.pathname = at.pathname.replace(/[^/]*\/*$/, '');
      const body = JSON.stringify({
        ...{ topic, title, message: withinBytes(text) },
        priority: worst === null ? 3 : priorities[worst],
        tags: [worst === null ? 'white_check_mark' : worst === 'critical' ? 'rotating_light' : 'warning'],
      });
      const access = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const headers = { 'content-type': 'application/json', ...access };
      const secrets = [topic, ...(key === undefined ? [] : [key])];
      return post({ url: at.href, headers, body, secrets }, signal);
    },
  };
}

function withinBytes(text: string): string {
  let limit = mostCharacters;
  let cut = cutAt(text, limit);
  while (Buffer.byteLength(cut) > mostBytes) {
    limit = Math.floor(limit * 0.8);
    cut = cutAt(text, limit);
  }
  return cut;
}
