import { once } from 'node:events';
import { request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NginxProxy, startProxy } from '../../lab/nginx-proxy.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, type Rig } from './rig.ts';

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

requires('redis-server', 'nginx')('behind a path prefix', () => {
  let rig: Rig;
  let token: string;
  const proxies: NginxProxy[] = [];
  beforeAll(async () => {
    rig = await createRig();
    const api = await rig.serve();
    token = await api.token(undefined, 'admin');
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await rig.close();
  });

  const serve = (http: object = {}) => rig.serve({ config: { http: { listen: '127.0.0.1:0', ...http } } });

  async function behind(locations: string): Promise<string> {
    const proxy = await startProxy(locations);
    proxies.push(proxy);
    return `http://127.0.0.1:${proxy.port}`;
  }

  async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const asked = request(url, {
      agent: false,
      headers: { authorization: `Bearer ${token}`, ...headers },
    }).end();
    const [response] = await once(asked, 'response');
    return {
      status: response.statusCode,
      type: String(response.headers['content-type']),
      text: await readText(response),
    };
  }

  /** Loads the page, each file that it names and what its script asks for, as a browser resolves them. */
  async function expectQueueView(origin: string, path: string): Promise<void> {
    const page = await get(`${origin}${path}`);
    expect([page.status, page.type]).toEqual([200, 'text/html; charset=utf-8']);
    const [, href = ''] = /<base href="([^"]*)"/.exec(page.text) ?? [];
    const base = new URL(href, `${origin}${path}`);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, file = '']) => new URL(file, base))
      // The base is a folder; a font of another host is refused by the page's policy.
      .filter(({ href, origin: at }) => href !== base.href && at === origin);
    expect(files.length).toBeGreaterThan(4);
    // Fallbacks for pages that are not there would answer 200 as well, with HTML.
    const kinds: Record<string, RegExp> = {
      js: /javascript/,
      css: /^text\/css/,
      svg: /^image\//,
      png: /^image\//,
    };
    for (const file of files) {
      const { status, type } = await get(file.href);
      const kind = kinds[file.pathname.split('.').at(-1) ?? ''];
      expect([file.pathname, status, type]).toEqual([
        file.pathname,
        200,
        expect.stringMatching(kind ?? /^image\//),
      ]);
    }
    for (const asked of ['api/queues', 'static/locales/en-US/messages.json']) {
      expect(JSON.parse((await get(new URL(asked, base).href)).text)).toBeTypeOf('object');
    }
    const document = await get(new URL(`${path.replace(/\/queues.*/, '')}/v1/openapi.json`, origin).href);
    const { servers, paths } = JSON.parse(document.text);
    const me = new URL(`${servers[0].url.replace(/\/$/, '')}/v1/me`, origin);
    expect(Object.keys(paths)).toContain('/v1/me');
    expect((await get(me.href)).status).toBe(200);
  }

  const forwarding = 'proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Prefix';

  // What each proxy turns /pinwatch/queues into, and what it tells pinwatch.
  const ways: [string, object, (api: Api) => string][] = [
    ['that is taken away', { basePath: '/pinwatch' }, ({ url }) => `proxy_pass ${url}/;`],
    ['that is passed on', { basePath: '/pinwatch/' }, ({ url }) => `proxy_pass ${url};`],
    [
      'that a named proxy tells',
      { proxies: ['127.0.0.1'] },
      ({ url }) => `${forwarding} /pinwatch; proxy_pass ${url}/;`,
    ],
    [
      'that a named proxy tells and passes on',
      { proxies: ['127.0.0.0/8', '::1'] },
      ({ url }) => `${forwarding} /pinwatch/; proxy_pass ${url};`,
    ],
    [
      'that a named proxy tells otherwise than the file',
      { basePath: '/elsewhere', proxies: ['127.0.0.1'] },
      ({ url }) => `${forwarding} /pinwatch; proxy_pass ${url}/;`,
    ],
  ];
  test.each(ways)('%s the queues are shown', async (_, http, pass) => {
    const origin = await behind(`location /pinwatch/ { ${pass(await serve(http))} }`);
    for (const path of [
      '/pinwatch/queues',
      '/pinwatch/queues/',
      '/pinwatch/queues/queue/probe?status=active',
    ]) {
      await expectQueueView(origin, path);
    }
    expect((await get(`${origin}/pinwatch/`)).text).toContain('\n/pinwatch/queues\n');
    expect((await get(`${origin}/pinwatch/healthz`)).status).toBe(200);
  });

  test('of two proxies, each with its own prefix', async () => {
    const api = await serve({ proxies: ['127.0.0.1'] });
    const inner = await behind(
      `location /pinwatch/ { ${forwarding} "$http_x_forwarded_prefix, /pinwatch"; proxy_pass ${api.url}/; }`,
    );
    const outer = await behind(`location /ops/ { ${forwarding} /ops; proxy_pass ${inner}/; }`);
    await expectQueueView(outer, '/ops/pinwatch/queues');
  });

  test('without any proxy the root is unchanged, also with a basePath', async () => {
    await expectQueueView((await serve()).url, '/queues');
    const { url } = await serve({ basePath: '/pinwatch' });
    expect((await get(`${url}/healthz`)).status).toBe(200);
    expect((await get(`${url}/pinwatchful/healthz`)).status).toBe(404);
    expect((await get(`${url}/pinwatch?x`)).text).toContain('/pinwatch/metrics');
    await expectQueueView(url, '/pinwatch/queues');
  });

  test('the headers of other callers are ignored, and so is what is not a path', async () => {
    const baseOf = async ({ url }: Api, prefix: string) =>
      /<base href="([^"]*)"/.exec((await get(`${url}/queues`, { 'x-forwarded-prefix': prefix })).text)?.[1];
    const strange = await serve({ basePath: '/pinwatch', proxies: ['192.0.2.0/24'] });
    expect(await baseOf(strange, '/evil')).toBe('/pinwatch/queues/');
    const named = await serve({ basePath: '/pinwatch', proxies: ['127.0.0.1'] });
    expect(await baseOf(named, '/ops')).toBe('/ops/queues/');
    for (const prefix of ['//evil.example', 'https://evil.example', '/"><script>', '/a, //b', '/../x']) {
      expect(await baseOf(named, prefix)).toBe('/pinwatch/queues/');
    }
  });

  test('callers at the same time each see their own', async () => {
    const named = await serve({ proxies: ['127.0.0.1'] });
    const prefixes = Array.from({ length: 40 }, (_, at) => `/p${at}`);
    const pages = await Promise.all(
      prefixes.map((prefix) => get(`${named.url}/queues`, { 'x-forwarded-prefix': prefix })),
    );
    expect(pages.map(({ text }) => /<base href="([^"]*)"/.exec(text)?.[1])).toEqual(
      prefixes.map((prefix) => `${prefix}/queues/`),
    );
  });
});
