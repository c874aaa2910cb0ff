import { expect, test } from 'vitest';
import { createPost } from '../../src/adapters/notify/post.ts';
import { createWebhook } from '../../src/adapters/notify/webhook/webhook.ts';
import { keys } from '../../src/config/keys.ts';
import { notifyChannelTypes } from '../../src/core/notify-channel.ts';
import { startHook } from '../support/hook.ts';
import { quoted, read, rows } from './markdown.ts';

const text = read('docs/channels.md');
const key = 'a-key-of-the-webhook';
const now = 1_790_000_000;

type Verify = (headers: object, body: Buffer, key: string, now: number) => boolean;

async function verifier(): Promise<Verify> {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return module.isFromPinwatch as Verify;
}

test('the verifier accepts what a webhook is sent, and nothing else', async () => {
  const hook = await startHook();
  try {
    const clock = () => now * 1_000;
    const body = '{"account":"bücher"}';
    const webhook = createWebhook({ post: createPost(() => null, clock), jsonOf: () => body, clock });
    const channel = { name: 'ops', type: 'webhook', url: hook.url, key, minSeverity: 'info' } as const;
    const letter = { id: 'one', account: 'acme', recipients: [], everyone: [], transitions: [] };
    const sent = await webhook.send(
      channel,
      { ...letter, createdAt: 0, sentAt: 0 },
      new AbortController().signal,
    );
    expect(sent.outcome).toBe('sent');
    const [received] = hook.received;
    if (!received) throw new Error('expected a request');
    const verify = await verifier();
    const { headers } = received;
    expect(verify(headers, Buffer.from(received.body), key, now)).toBe(true);
    expect(verify(headers, Buffer.from(received.body), key, now + 301)).toBe(false);
    expect(verify(headers, Buffer.from(`${received.body} `), key, now)).toBe(false);
    expect(verify(headers, Buffer.from(received.body), `${key}x`, now)).toBe(false);
    const later = { ...headers, 'pinwatch-timestamp': String(now + 1) };
    expect(verify(later, Buffer.from(received.body), key, now)).toBe(false);
    expect(verify({}, Buffer.from(received.body), key, now)).toBe(false);
  } finally {
    await hook.close();
  }
});

test('the keys and types are those of the code', () => {
  const listed = rows(text).map(([first = '']) => quoted(first));
  expect(listed.slice(0, 6).flat().sort()).toEqual([...keys.channel].sort());
  expect(quoted(rows(text).find(([first]) => first === '`type`')?.[1])).toEqual([...notifyChannelTypes]);
});
