/** A whole service whose name servers are encrypted, and whose probes go through a proxy. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createRoot, pemChain } from '../../lab/authority.ts';
import { type ForwardProxy, startTinyproxy } from '../../lab/forward-proxies.ts';
import { startUnbound, type Unbound } from '../../lab/unbound.ts';
import { requires } from '../support/requires.ts';
import type { LogLine } from '../support/service.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires(
  'redis-server',
  'unbound',
  'tinyproxy',
)('the way out', () => {
  let stage: Stage;
  let unbound: Unbound;
  let proxy: ForwardProxy;
  afterEach(async () => {
    await Promise.all([stage.close(), unbound.close(), proxy.close()]);
  });

  test('is an encrypted name server and a proxy; a proxy that is away is no mismatch', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const root = createRoot();
    const chain = [root.leaf({ names: ['127.0.0.1'] })];
    await writeFile(join(stage.directory, 'dns.pem'), root.pem);
    unbound = await startUnbound(['api.example.com. A 127.0.0.1'], {
      ...{ key: chain[0]?.keyPem ?? '', certificate: pemChain(chain) },
    });
    proxy = await startTinyproxy([api.server.port], { user: 'pinwatch', password: 's3cret-word' });
    await writeFile(
      join(stage.directory, 'proxy-url'),
      `http://pinwatch:s3cret-word@127.0.0.1:${proxy.port}\n`,
    );
    const { connect: _, ...entry } = entryOf(api);
    const config = await stage.configure([entry], {
      probe: {
        ...{ timeout: '5s', confirmAfter: '50ms' },
        ...{ resolvers: [`https://127.0.0.1:${unbound.httpsPort}/dns-query`], resolverCaFile: 'dns.pem' },
        proxyFile: 'proxy-url',
      },
    });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);

    const since = service.lines.length;
    await proxy.close();
    // A probe that was on its way through it may just see its connection end.
    const isOver = ({ failures }: LogLine) => JSON.stringify(failures) === '["proxy_failed"]';
    expect((await service.line('probed', isOver, since)).verdict).toBe('inconclusive');
    expect(service.lines.map((one) => JSON.stringify(one)).join('')).not.toContain('s3cret-word');
  });
});
