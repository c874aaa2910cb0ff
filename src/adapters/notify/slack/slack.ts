import type { Notifier } from '../../../flow/notifier.ts';
import { cutAt, type TextOf, withoutMarkup } from '../message-text.ts';
import type { Post } from '../post.ts';

/** Slack cuts longer messages, and Mattermost splits them. */
const mostCharacters = 3_500;

/**
 * Posts to an incoming webhook of Slack or Mattermost. All text is in code, where neither service formats it or notifies
 * people who are mentioned. What would end the code, or begin a link or mention in it for Slack, is replaced.
 */
export function createSlack(post: Post, textOf: TextOf): Notifier {
  return {
    send({ url }, letter, signal) {
      const { title, text } = textOf(letter);
      const message = `\`${withoutMarkup(title)}\`\n\`\`\`\n${withoutMarkup(cutAt(text, mostCharacters))}\n\`\`\``;
      const headers = { 'content-type': 'application/json' };
      return post({ url, headers, body: JSON.stringify({ text: message }), secrets: [] }, signal);
    },
  };
}
