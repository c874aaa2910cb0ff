/** The page in Debian's Chromium, served by the service in this process. */
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findTool } from '../../lab/child.ts';
import type { Api } from '../api/rig.ts';

export async function launch(): Promise<Browser> {
  const executablePath = findTool('chromium');
  if (executablePath === undefined) throw new Error('expected chromium on PATH');
  // In a container without user namespaces, its sandbox cannot start. It loads only pages of this test.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: refused by the policy, or thrown by a script. */
  readonly complaints: readonly string[];
}

export interface Visitor {
  readonly javaScriptEnabled?: boolean;
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A browser without any history. */
export async function visit(
  browser: Browser,
  { javaScriptEnabled = true, width = 1280, colorScheme = 'light' }: Visitor = {},
): Promise<Visit> {
  const context = await browser.newContext({
    ...{ javaScriptEnabled, colorScheme, viewport: { width, height: 900 }, ignoreHTTPSErrors: true },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { context, page, complaints };
}

export async function signIn(page: Page, { url }: Pick<Api, 'url'>, token: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** The text that a person sees: without what is closed or hidden. */
export function shown(part: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: textContent has hidden text, too.
  return part.innerText();
}

/** What axe finds, by rule and element. Its script is evaluated by the debugger, which the page's policy does not bind. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // Nothing else of the result leaves the browser: it has every element that passed.
  const found = (await page.evaluate(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))`,
  )) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** For a person to look at: a screenshot of each view is written to this folder if it is set. */
const gallery = process.env.PINWATCH_GALLERY;

export async function photograph(page: Page, name: string): Promise<void> {
  if (gallery !== undefined)
    await page.screenshot({ path: join(gallery, `page-${name}.png`), fullPage: true });
}

/** Nothing is cut off or has to be scrolled sideways. */
export async function expectToFit(page: Page): Promise<void> {
  const [content, window] = await page
    .evaluate('document.documentElement.scrollWidth + " " + window.innerWidth')
    .then((text) => String(text).split(' ').map(Number));
  expect(content).toBeLessThanOrEqual(window ?? 0);
}
