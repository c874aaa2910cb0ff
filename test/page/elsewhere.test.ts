/** The page below a path, behind TLS, on the machine of a new installation, and with many domains. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NginxProxy, startProxy } from '../../lab/nginx-proxy.ts';
import { createRig, ok, type Rig } from '../api/rig.ts';
import { requires } from '../support/requires.ts';
import { launch, shown, signIn, visit } from './rig.ts';

requires(
  'redis-server',
  'chromium',
  'nginx',
)('the page elsewhere', () => {
  let rig: Rig;
  let browser: Browser;
  const proxies: NginxProxy[] = [];
  beforeAll(async () => {
    rig = await createRig();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await rig?.close();
  });

  test('on a new installation’s own machine it needs no token, and its forms work', async () => {
    const api = await rig.serve();
    ok(await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } }), 201);
    const watched = await rig.watched();
    const body = { ...watched.entry, pins: [watched.chain[0]?.pin, watched.other[0]?.pin] };
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body }), 201);
    const { page, context, complaints } = await visit(browser);
    await page.goto(api.url);
    await page.getByText('No token exists').waitFor();
    await page.getByRole('link', { name: 'acme' }).first().click();
    await page.getByRole('link', { name: watched.name }).first().click();
    await page.getByRole('button', { name: 'Probe now' }).click();
    await page.getByRole('main').getByText('Probed: this is the result.').waitFor();
    expect(await shown(page.getByRole('heading', { level: 1 }))).toMatch(/match$/);
    expect(complaints).toEqual([]);
    await context.close();
    // Another page's form is refused, whatever name it has found for this machine.
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { origin: 'http://evil.example' },
    ]) {
      const answer = await api.ask('POST', '/accounts/acme/probe', {
        body: `domain=${watched.name}`,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(answer.status).toBe(403);
    }
    await api.close();
  });

  test('below a path of a proxy, every link, form and event stream stays below it', async () => {
    const direct = await rig.serve();
    const token = await direct.token(undefined, 'admin', undefined, 'alice');
    const api = await rig.serve({ config: { http: { listen: '127.0.0.1:0', basePath: '/ops/pins' } } });
    const proxy = await startProxy(
      `location /ops/pins/ { proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host; proxy_pass ${api.url}/; }`,
    );
    proxies.push(proxy);
    const base = `http://127.0.0.1:${proxy.port}/ops/pins`;
    const { page, context, complaints } = await visit(browser);
    const strayed: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(`${base}/`)) strayed.push(request.url());
    });
    await signIn(page, { url: `${base}/` }, token);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ path: '/ops/pins/', httpOnly: true, sameSite: 'Strict' });
    await page.getByRole('link', { name: 'acme' }).first().click();
    await page.getByRole('button', { name: /^Probe/ }).click();
    await page
      .getByRole('main')
      .getByText(/Probed: this|were probed/)
      .waitFor();
    await page
      .getByRole('link', { name: /^api\.example/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Mute' }).click();
    await page.getByRole('button', { name: 'Unmute' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(page.url()).toBe(`${base}/sign-in`);
    expect({ strayed, complaints }).toEqual({ strayed: [], complaints: [] });
    await context.close();
  });

  test('without workers it says first that nothing is probed, to an admin from the environment', async () => {
    const adminToken = 'e'.repeat(40);
    await using alone = Object.assign(await createRig(), {
      async [Symbol.asyncDispose]() {
        await alone.close();
      },
    });
    const api = await alone.serve({ role: 'server', env: { PINWATCH_ADMIN_TOKEN: adminToken } });
    const { page, context } = await visit(browser);
    await signIn(page, api, adminToken);
    await page.getByText('environment (admin)').waitFor();
    const workers = page.getByRole('region', { name: 'The watch' });
    expect(await shown(workers)).toMatch(/Workers\s+0/);
    expect(await shown(page.getByRole('heading', { level: 1 }))).toBe('Nothing is probed');
    await context.close();
  });

  test('thousands of domains come in pages', async () => {
    const names = Array.from({ length: 2_000 }, (_, at) => `host-${String(at).padStart(4, '0')}.example.com`);
    const domains = names.map((host) => ({ host, connect: ['127.0.0.1'], port: 9 }));
    const api = await rig.serve({
      role: 'server',
      env: { PINWATCH_ADMIN_TOKEN: 'a'.repeat(40) },
      config: { accounts: { many: { contacts: ['a@example.com'], domains } } },
    });
    const token = await api.token('a'.repeat(40), 'account-viewer', 'many');
    const { page, context } = await visit(browser);
    await signIn(page, api, token);
    const size = async () => (await page.content()).length;
    expect(await size()).toBeLessThan(100_000);
    await page
      .getByRole('navigation', { name: 'Pages of problems' })
      .getByRole('link', { name: 'Next page' })
      .click();
    expect(await shown(page.getByRole('main'))).toContain('host-0050.example.com');
    await page.goto(`${api.url}/accounts/many`);
    expect(await size()).toBeLessThan(100_000);
    const pages = page.getByRole('navigation', { name: 'Pages of domains' });
    await pages.getByRole('link', { name: 'Next page' }).click();
    const rows = page.getByRole('table', { name: 'Domains', exact: true }).getByRole('row');
    expect(await shown(rows.nth(1))).toMatch(/^host-0050\.example\.com:9/);
    expect(await rows.count()).toBe(51);
    await context.close();
  });
});
