import { expect, test } from 'vitest';
import { createSessions } from '../../../../src/adapters/http/page/sessions.ts';
import type { SessionStore } from '../../../../src/flow/admin/session-store.ts';

function memory(): SessionStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    put: async (key, sealed) => void kept.set(key, sealed),
    get: async (key) => kept.get(key) ?? null,
    remove: async (key) => void kept.delete(key),
  };
}

const token = `pw_0123456789ab_${'s'.repeat(43)}`;

test('a session gives its token, among other cookies', async () => {
  const sessions = createSessions(memory());
  const id = await sessions.open(token);
  expect(await sessions.tokenOf(`theme=dark; pinwatch_session=${id}; x=y`)).toBe(token);
  await sessions.close(`pinwatch_session=${id}`);
  expect(await sessions.tokenOf(`pinwatch_session=${id}`)).toBeNull();
});

test('a cookie that only HTTPS can set counts before one that anybody could have set', async () => {
  const sessions = createSessions(memory());
  const [own, planted] = [await sessions.open(token), await sessions.open('another')];
  for (const prefix of ['__Host-', '__Secure-']) {
    const cookies = [`${prefix}pinwatch_session=${own}`, `pinwatch_session=${planted}`];
    for (const sent of [cookies, cookies.toReversed()]) {
      expect(await sessions.tokenOf(sent.join('; '))).toBe(token);
    }
  }
});

test.each(['', 'pinwatch_session=', 'pinwatch_session=short', `x_pinwatch_session=${'a'.repeat(43)}`])(
  'no session: %j',
  async (cookies) => {
    expect(await createSessions(memory()).tokenOf(cookies)).toBeNull();
  },
);

test('what was changed in the store opens nothing', async () => {
  const store = memory();
  const sessions = createSessions(store);
  const [mine, other] = [await sessions.open(token), await sessions.open('another')];
  const [[first = '', sealed = ''] = [], [, foreign = ''] = []] = store.kept;
  for (const changed of [foreign, '', 'AAAA', `${sealed.slice(0, -2)}xx`, sealed.slice(0, 20)]) {
    store.kept.set(first, changed);
    expect(await sessions.tokenOf(`pinwatch_session=${mine}`)).toBeNull();
  }
  expect(await sessions.tokenOf(`pinwatch_session=${other}`)).toBe('another');
});
