import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../lab/channel-keys.ts';
import { type NginxProxy, startProxy } from '../../lab/nginx-proxy.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

/** As a CDN is set up: it goes by the headers, asks once for many, and serves what it has while the origin is away. */
const cdn = (port: string) => `
    location /c/ {
      proxy_pass http://127.0.0.1:${port};
      proxy_cache cache;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 30s;
      proxy_cache_revalidate on;
      proxy_cache_use_stale error timeout updating http_502 http_503;
    }`;

const clients = 200;

requires('redis-server', 'nginx')('signed configurations', () => {
  let stage: Stage;
  let proxy: NginxProxy | undefined;
  afterEach(async () => {
    await proxy?.close();
    await stage.close();
  });

  async function send(service: Service, method: string, path: string, body: object) {
    const { address } = await service.line('listening');
    const headers = { 'content-type': 'application/json' };
    const url = `${address}/v1/accounts/acme/config${path}`;
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.status, text).toBeLessThan(300);
    return JSON.parse(text);
  }
  const downloads = async (service: Service, outcome: string) => {
    const { text } = await service.get('/metrics');
    return Number(new RegExp(`config_downloads_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1]);
  };

  async function published(keys: ChannelKeys, more: object = {}) {
    stage = await setStage({ appendonly: true });
    keys.install(join(stage.directory, 'keys'), 'acme');
    const api = await stage.api('api.example.com');
    const publish = { keyDir: 'keys', directory: 'pins', ...more };
    const config = await stage.configure([entryOf(api)], { interval: '1h', publish });
    const service = stage.start({ config });
    await service.line('working');
    await send(service, 'PUT', '/keys', { statement: await keys.statement(), roots: keys.roots });
    const { candidate } = await send(service, 'POST', '/checks', {});
    await send(service, 'POST', '/versions', { candidate });
    return { service, config };
  }

  test('are served while Redis is away, also by a process that starts then, and by what is in front', async () => {
    const keys = createChannelKeys();
    const { service, config } = await published(keys);
    const path = `/c/${keys.channel}`;
    const { text } = await service.get(path);
    expect(await keys.verify(text)).toMatchObject({ outcome: 'accepted' });
    expect(await readFile(join(stage.directory, 'pins', 'c', keys.channel), 'latin1')).toBe(text);

    const { address } = await service.line('listening');
    proxy = await startProxy(cdn(new URL(String(address)).port));
    const edge = `http://127.0.0.1:${proxy.port}${path}`;
    const before = await downloads(service, 'sent');
    const answers = await Promise.all(
      Array.from({ length: clients }, async () => (await fetch(edge)).text()),
    );
    expect(new Set(answers)).toEqual(new Set([text]));
    expect((await downloads(service, 'sent')) - before).toBe(1);

    await stage.redis.stop();
    await service.readiness(503);
    expect(await service.get(path)).toEqual({ status: 200, text });
    expect((await service.get('/metrics')).text).toContain('pinwatch_config_version{account="acme"} 1\n');
    expect(await service.stop()).toBe(0);
    expect(await (await fetch(edge)).text()).toBe(text);

    const next = stage.start({ config });
    await next.line('redis_away');
    expect(await next.get(path)).toEqual({ status: 200, text });
    await stage.redis.start();
    await next.line('working');
    expect(await next.get(path)).toEqual({ status: 200, text });
  });
});
