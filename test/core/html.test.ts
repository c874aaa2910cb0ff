import { expect, test } from 'vitest';
import { html } from '../../src/core/html.ts';

const printed = (...parts: Parameters<typeof html>) => html(...parts).toString();

test('text is escaped, for content and quoted attributes', () => {
  const text = `<script>alert("1" & '2')</script>`;
  const escaped = '&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;';
  expect(printed`<p title="${text}">${text}</p>`).toBe(`<p title="${escaped}">${escaped}</p>`);
});

test('what hides or reorders text is made visible', () => {
  expect(printed`${'a\u202eb\u0000c\u2028d'}`).toBe('a\\u{202e}b\\u{0}c\\u{2028}d');
});

test('templates nest, lists are joined, and nothing prints as nothing', () => {
  const items = ['<a>', '<b>'].map((item) => html`<li>${item}</li>`);
  expect(printed`<ul>${items}</ul>${null}${undefined}${false}${0}`).toBe(
    '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>0',
  );
});

test('an object that only looks like HTML is not taken for it', () => {
  const forged = { toString: () => '<script>', parts: ['<script>'] };
  expect(() => printed`${forged as never}`).toThrow(TypeError);
  expect(printed`${String(html`<b>`)}`).toBe('&lt;b&gt;');
});
