/** The HTML part of each kind of notice in a real browser, as mail clients show it: light and dark, narrow and wide. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tool } from '../../../lab/child.ts';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import { requires } from '../../support/requires.ts';
import { letter } from './letters.ts';
import { hostileName, realNotices } from './real-notices.ts';

/** For a person to look at: a screenshot of each is written to this folder if it is set. */
const gallery = process.env.PINWATCH_GALLERY;

function renderedOf(name: string) {
  const transitions = realNotices[name] ?? [];
  const sentAt = Math.max(...transitions.map(({ at }) => Date.parse(at))) + 30_000;
  const made = { ...letter([]), transitions, sentAt, domains: 12 };
  const places = { publicUrl: 'https://pinwatch.example.com', runbookUrl: null };
  return renderLetter(made, { from: 'pinwatch@example.com', ...places });
}

requires('chromium')('in Chromium', () => {
  let browser: Browser;
  let page: Page;
  /** Everything that a mail made the browser fetch or run. */
  const events: string[] = [];
  beforeAll(async () => {
    // In a container without user namespaces, its sandbox cannot start. It loads only pages of this test.
    browser = await chromium.launch({ executablePath: tool('chromium'), args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('request', (request) => events.push(`request ${request.url()}`));
    page.on('dialog', (dialog) => void events.push(`dialog ${dialog.message()}`));
    page.on('pageerror', (error) => events.push(`error ${error.message}`));
  });
  afterAll(() => browser.close());
  afterEach(() => expect(events.splice(0)).toEqual([]));

  /** In the page of the mail before it: a new one, with axe in it, would take as long as the test. */
  const show = (name: string) => page.setContent(renderedOf(name).html);

  test.each(Object.keys(realNotices))(
    '%s fits any width, can be read in light and dark, and does nothing',
    async (name) => {
      await show(name);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [320, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          const content = await page.evaluate('document.documentElement.scrollWidth');
          expect(content, `${colorScheme} ${width}`).toBeLessThanOrEqual(width);
          await photograph(page, `${name}-${colorScheme}-${width}`);
        }
        expect(await violations(page), colorScheme).toEqual([]);
      }
    },
  );

  test('what a server sends is text', async () => {
    await show('mismatch: hostile names');
    expect(await page.locator('img, script, a, form, iframe, svg').count()).toBe(0);
    const text = await page.locator('body').textContent();
    expect(text).toContain('img src=x onerror=alert(1)');
    expect(text).not.toContain(hostileName);
    expect(text).not.toContain('\u202e');
  });

  test('the preheader is there for lists of mails, and not shown', async () => {
    await show('mismatch: new key');
    const first = page.locator('body > div').first();
    expect(await first.textContent()).toMatch(/^Do first: /);
    expect(await first.isVisible()).toBe(false);
  });
});

test.each(Object.keys(realNotices))(
  'the text of %s fits 76 columns, except what cannot be broken',
  (name) => {
    expect(realNotices[name]?.length).toBeGreaterThan(0);
    for (const line of renderedOf(name).text.split('\n')) {
      if (line.length <= 76) continue;
      // A query, or one word with its option: an address, a pin, a key.
      const [option = '', ...rest] = line.trim().replace(/ \\$/, '').split(' ');
      const isWord = rest.length === 0 || (/^--?[a-z]/.test(option) && rest.length === 1);
      expect(isWord || line.trim().startsWith('pinwatch_'), line).toBe(true);
    }
  },
);

async function photograph(page: Page, name: string): Promise<void> {
  if (gallery === undefined) return;
  mkdirSync(gallery, { recursive: true });
  await page.screenshot({ path: join(gallery, `${name.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
}

/** What axe finds, by rule and element: contrast, above all. A mail has no landmarks. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  // Nothing else of the result leaves the browser: it has every element that passed.
  const found = (await page.evaluate(
    `axe.run({
      resultTypes: ['violations'],
      rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false } },
    }).then(({ violations }) => ({ violations }))`,
  )) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
