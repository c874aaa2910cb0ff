/** The views in a real browser: what they show, and what can be done with them. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, createRig, ok, type Rig, type Watched } from '../api/rig.ts';
import { requires } from '../support/requires.ts';
import {
  expectToFit,
  launch,
  photograph,
  shown,
  signIn,
  type Visit,
  type Visitor,
  violations,
  visit,
} from './rig.ts';

const script = '<img src=x onerror="document.title=1"><script>document.title=1</script>';

requires('redis-server', 'chromium')('the page', () => {
  let rig: Rig;
  let api: Api;
  let browser: Browser;
  const tokens = { admin: '', viewer: '', editor: '', 'other viewer': '' };
  let well: Watched;
  let hurt: Watched;
  let hostile: Watched;

  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ config: { runbookUrl: 'https://wiki.example.com/runbook' } });
    tokens.admin = await api.token(undefined, 'admin', undefined, 'alice');
    const { admin: token } = tokens;
    for (const name of ['acme', 'globex']) {
      const body = { name, contacts: [`${name}@example.com`] };
      ok(await api.ask('POST', '/v1/accounts', { token, body }), 201);
    }
    tokens.viewer = await api.token(token, 'viewer', undefined, 'vera');
    tokens.editor = await api.token(token, 'account-editor', 'acme', 'eve');
    tokens['other viewer'] = await api.token(token, 'account-viewer', 'globex', 'otto');
    [well, hurt, hostile] = await Promise.all([
      rig.watched('api.example.com'),
      rig.watched('login.example.com'),
      rig.watched('hostile.example.com'),
    ]);
    const issued = [rig.issuing.leaf({ names: [hostile.host], commonName: script }), rig.issuing.issued];
    hostile.server.rotate([issued]);
    const add = async (account: string, { entry }: Watched, pins: unknown[], note: string) =>
      ok(
        await api.ask('POST', `/v1/accounts/${account}/domains`, { token, body: { ...entry, pins, note } }),
        201,
      );
    await add('acme', well, [well.chain[0]?.pin, well.other[0]?.pin], 'first release');
    await add('acme', hurt, [hurt.other[0]?.pin], 'first release');
    await add('globex', hostile, [issued[0]?.pin], script);
    for (const account of ['acme', 'globex']) await probe(account);
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  const probe = async (account: string) =>
    ok(
      await api.ask('POST', `/v1/accounts/${account}/probes?wait=20s`, { token: tokens.admin, body: {} }),
      202,
    );

  async function as(who: keyof typeof tokens, visitor?: Visitor): Promise<Visit & AsyncDisposable> {
    const visited = await visit(browser, visitor);
    await signIn(visited.page, api, tokens[who]);
    return { ...visited, [Symbol.asyncDispose]: () => visited.context.close() };
  }
  const open = (page: Page, account: string, { name }: Watched) =>
    page.goto(`${api.url}/accounts/${account}/domains/${encodeURIComponent(name)}`);

  test('the overview begins with what is wrong, the worst first, and says how the watch is', async () => {
    await using visited = await as('viewer');
    const { page } = visited;
    expect(await shown(page.getByRole('heading', { level: 1 }))).toBe('Apps fail on 1 domain');
    const rows = page.getByRole('table', { name: 'Domains with something wrong' }).getByRole('row');
    expect(await shown(rows.nth(1))).toMatch(
      /^login\.example\.com.*acme.*apps fail.*mismatch.*pin mismatch/s,
    );
    // Of no use to apps yet, but somebody has to do something: each has one pin only.
    expect(await shown(rows.nth(2))).toMatch(/hostile.*attention.*match.*no backup pin/s);
    const watch = page.getByRole('region', { name: 'The watch' });
    expect(await shown(watch)).toMatch(/Last sweep\s+\d+s ago.*Workers\s+1/s);
    const accounts = page.getByRole('table', { name: 'Accounts' });
    expect(await shown(accounts.getByRole('row').nth(1))).toMatch(/^acme\s+2\s+1\s+0/);
    expect(visited.complaints).toEqual([]);
  });

  test('a domain shows what was presented against what is pinned, certificate by certificate', async () => {
    await using visited = await as('viewer');
    const { page } = visited;
    await open(page, 'acme', hurt);
    expect(await shown(page.getByRole('heading', { level: 1 }))).toMatch(
      /^login\.example\.com:\d+\s+mismatch$/,
    );
    expect(await shown(page.locator('.lead'))).toBe('Apps with these pins cannot connect.');
    const link = page.getByRole('link', { name: 'pin_mismatch' });
    expect(await link.getAttribute('href')).toBe('https://wiki.example.com/runbook#pin_mismatch');
    const presented = page.getByRole('region', { name: 'Presented' });
    expect(await shown(presented)).toMatch(/CN=login\.example\.com\s+not pinned/);
    expect(await shown(presented)).toContain(hurt.chain[0]?.pin);
    await page.getByText(/^Valid path to CN=Rig Root/).click();
    expect(await shown(presented)).toMatch(/CN=Rig Root\s+not pinned\s+root, from the trust store/);
    expect(await shown(page.getByRole('table', { name: 'Pins' }))).toContain(hurt.other[0]?.pin);
    expect(await shown(page.getByRole('table', { name: 'History' }))).toMatch(/opened.*pin mismatch/s);
    await open(page, 'acme', well);
    expect(await shown(presented)).toMatch(/CN=api\.example\.com\s+pinned/);
    expect(visited.complaints).toEqual([]);
  });

  test('a viewer of one account sees and finds nothing of another', async () => {
    await using visited = await as('other viewer');
    const { page } = visited;
    expect(await page.content()).not.toMatch(/acme|login\.example|Workers|Notices/);
    for (const path of ['/accounts/acme', `/accounts/acme/domains/${encodeURIComponent(well.name)}`]) {
      expect((await page.goto(`${api.url}${path}`))?.status()).toBe(404);
      const missing = await page.content();
      await page.goto(`${api.url}${path.replace('acme', 'nobody')}`);
      expect(missing.replaceAll('acme', 'nobody')).toBe(await page.content());
    }
  });

  test('who may only look gets no forms, and cannot send one either', async () => {
    await using visited = await as('viewer');
    const { page } = visited;
    await open(page, 'acme', hurt);
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    const status = await page.evaluate(
      async (path) =>
        (await fetch(path, { method: 'POST', body: new URLSearchParams({ for: '1h' }) })).status,
      `/accounts/acme/domains/${encodeURIComponent(hurt.name)}/mute`,
    );
    expect(status).toBe(404);
  });

  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_, javaScriptEnabled) => {
    test('a domain is probed now: the view shows its progress and then what was found', async () => {
      await using visited = await as('editor', { javaScriptEnabled });
      const { page } = visited;
      await open(page, 'acme', well);
      well.server.rotate([well.other]);
      await page.getByRole('button', { name: 'Probe now' }).click();
      await page.getByRole('main').getByText('Probed: this is the result.').waitFor();
      expect(await shown(page.getByRole('region', { name: 'Presented' }))).toContain(well.other[0]?.pin);
      // A screen reader hears it, too.
      if (javaScriptEnabled)
        await page.locator('#news', { hasText: 'Probed: this is the result.' }).waitFor();
      well.server.rotate([well.chain]);
      await page.getByRole('link', { name: 'acme' }).click();
      await page.getByRole('button', { name: 'Probe these 2 domains now' }).click();
      await page.getByRole('main').getByText('2 domains were probed.').waitFor();
      expect(visited.complaints).toEqual([]);
    });

    test('a domain is muted and unmuted, an incident acknowledged', async () => {
      await using visited = await as('editor', { javaScriptEnabled });
      const { page } = visited;
      await open(page, 'acme', hurt);
      await page.getByLabel('Send no notices for').selectOption('4 hours');
      await page.getByRole('button', { name: 'Mute' }).click();
      await page.getByText(/^Muted until /).waitFor();
      const muted = ok(
        await api.ask('GET', `/v1/accounts/acme/domains/${encodeURIComponent(hurt.name)}`, {
          token: tokens.admin,
        }),
      ).json.mutedUntil;
      expect(Date.parse(muted) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
      await page.getByRole('button', { name: 'Unmute' }).click();
      await page.getByRole('button', { name: 'Mute', exact: true }).waitFor();

      const card = page.locator('.card', { hasText: 'Incident' });
      const again = card.getByText('Acknowledge again');
      if ((await again.count()) > 0) await again.click();
      await card.getByLabel('Who does what about it').fill('<b>Bob</b> puts the old key back');
      await card.getByRole('button', { name: 'Acknowledge' }).click();
      await page.getByText('Taken by eve').waitFor();
      expect(await shown(card)).toContain('"<b>Bob</b> puts the old key back"');
      const { incidents } = ok(
        await api.ask('GET', '/v1/accounts/acme/incidents', { token: tokens.admin }),
      ).json;
      expect(incidents[0].acknowledged).toMatchObject({
        by: 'eve',
        note: '<b>Bob</b> puts the old key back',
      });
      const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit', { token: tokens.admin })).json;
      expect(audit[0]).toMatchObject({ action: 'incident_acknowledged', by: 'eve' });
      expect(visited.complaints).toEqual([]);
    });
  });

  test('the overview renews itself, but not while a person types', async () => {
    await using visited = await as('editor');
    const { page } = visited;
    await open(page, 'acme', hurt);
    const field = page.getByLabel('Who does what about it');
    if (!(await field.isVisible())) await page.getByText('Acknowledge again').click();
    await field.fill('half a sen');
    await page.evaluate("document.getElementById('main').dataset.age = '1000'");
    await page.waitForResponse(/domains/);
    expect(await field.inputValue()).toBe('half a sen');
  });

  test('it says so when it can no longer renew itself', async () => {
    await using visited = await as('viewer');
    const { page, context } = visited;
    await context.setOffline(true);
    await page.evaluate("document.getElementById('main').dataset.age = '1000'");
    await page.getByText(/^Not renewed since \d\d:\d\d:\d\d UTC/).waitFor();
    await context.setOffline(false);
    await page.evaluate("document.getElementById('main').dataset.age = '1000'");
    await page.getByText(/^Not renewed since/).waitFor({ state: 'hidden' });
  });

  test('what a certificate or a person wrote is shown, and never runs', async () => {
    await using visited = await as('admin');
    const { page } = visited;
    await open(page, 'globex', hostile);
    expect(await shown(page.getByRole('main'))).toContain(script);
    expect(await shown(page.getByRole('region', { name: 'Presented' }))).toContain('CN=\\<img src=x');
    expect(await page.title()).toMatch(/^hostile\.example\.com/);
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(visited.complaints).toEqual([]);
  });

  test('even a script in the page would not run', async () => {
    await using visited = await as('viewer');
    const { page } = visited;
    const complaint = page.waitForEvent('console');
    await page.evaluate(
      `document.body.insertAdjacentHTML('beforeend', ${JSON.stringify('<img src=x onerror="document.title=1">')})`,
    );
    await complaint;
    expect(await page.title()).not.toBe('1');
  });

  test('the keyboard reaches everything in the order in which it is read', async () => {
    await using visited = await as('editor');
    const { page } = visited;
    await open(page, 'acme', well);
    const names: string[] = [];
    for (let step = 0; step < 10; step += 1) {
      await page.keyboard.press('Tab');
      names.push(
        await page.evaluate(
          "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')",
        ),
      );
    }
    const expected = [
      'Skip to content',
      'pinwatch',
      'Sign out',
      'Overview',
      'acme',
      'Probe now',
      'Send no notices for',
      'Mute',
    ];
    expect(names.filter((name) => expected.includes(name))).toEqual(expected);
    await page.goto(page.url());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  const looks = [1280, 360].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  );
  test.each(looks)('every view fits and axe finds nothing at $width px, $colorScheme', async (look) => {
    const { page, context } = await visit(browser, look);
    const expectWell = async (view: string) => {
      await photograph(page, `${view}-${look.width}-${look.colorScheme}`);
      await expectToFit(page);
      expect(await violations(page)).toEqual([]);
    };
    await page.goto(api.url);
    await expectWell('sign-in');
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await expectWell('sign-in-refused');
    await signIn(page, api, tokens.admin);
    await expectWell('overview');
    await page.goto(`${api.url}/accounts/acme`);
    await expectWell('account');
    for (const [account, one] of [
      ['acme', hurt],
      ['globex', hostile],
    ] as const) {
      await open(page, account, one);
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      await expectWell(`domain-${one.host}`);
    }
    await page.goto(`${api.url}/accounts/none`);
    await expectWell('missing');
    await context.close();
  });
});
