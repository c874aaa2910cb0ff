import type { Notifier } from '../../../flow/notifier.ts';
import type { TextOf } from '../message-text.ts';
import type { Post } from '../post.ts';
import { worstOf } from '../worst-of.ts';

/** Teams refuses messages over 28 KB; each line takes some 100 bytes besides its text. */
const mostLines = 80;
const mostCharacters = 200;
const mostBytes = 24_000;

/**
 * Posts an Adaptive Card to a Workflow of Microsoft Teams ("when a webhook request is received"). Text is in TextRuns,
 * in which nothing is Markdown.
 */
export function createTeams(post: Post, textOf: TextOf): Notifier {
  return {
    send({ url }, letter, signal) {
      const { title, text } = textOf(letter);
      const worst = worstOf(letter.transitions);
      const color = worst === 'critical' ? 'attention' : worst === null ? 'good' : 'warning';
      const body = [block({ text: title, weight: 'bolder', color }), ...linesOf(text)];
      const card = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' }, body },
      };
      const contentType = 'application/vnd.microsoft.card.adaptive';
      const message = { type: 'message', attachments: [{ contentType, contentUrl: null, content: card }] };
      const headers = { 'content-type': 'application/json' };
      return post({ url, headers, body: JSON.stringify(message), secrets: [] }, signal);
    },
  };
}

/** Line breaks within a TextRun are not shown: each line is a block. */
function linesOf(text: string): object[] {
  const blocks: object[] = [];
  let bytes = 0;
  for (const line of text.split('\n')) {
    const shown = line.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, '');
    // An empty run is not shown, nor is its line.
    const next = block({ text: shown === '' ? ' ' : shown, fontType: 'monospace' });
    bytes += Buffer.byteLength(JSON.stringify(next));
    if (blocks.length === mostLines || bytes > mostBytes) return [...blocks, block({ text: '…' })];
    blocks.push(next);
  }
  return blocks;
}

function block(run: object): object {
  return { type: 'RichTextBlock', spacing: 'none', inlines: [{ type: 'TextRun', ...run }] };
}
