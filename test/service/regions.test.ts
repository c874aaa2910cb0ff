/** The whole service with workers in two regions, each in a network of its own: what it tells of who sees what. */
import { afterEach, describe, expect, test } from 'vitest';
import { findTool } from '../../lab/child.ts';
import {
  createNetwork,
  type DistantServer,
  type Network,
  noNetworks,
  startDistantServer,
} from '../support/network.ts';
import { requires } from '../support/requires.ts';
import type { LogLine, Service } from '../support/service.ts';
import type { Received } from '../support/smtp.ts';
import { machinePart, type Stage, setStage, told } from './stage.ts';

const reason = noNetworks();
const host = 'api.example.com';
const port = 8443;
const name = `${host}:${port}`;

interface Place {
  readonly network: Network;
  readonly server: DistantServer;
  start(): Service;
}

// What a container may not do, no test tool can add: then it is skipped, and counted as skipped, everywhere.
const networked =
  reason === null || findTool('ip') === undefined
    ? requires('redis-server', 'ip')
    : (title: string) => describe.skip(`${title} (${reason})`, () => test('not run', () => {}));

networked('regions', () => {
  let stage: Stage;
  let places: Place[] = [];
  afterEach(async () => {
    await Promise.all(places.map(({ server }) => server.close()));
    await stage.close();
    await Promise.all(places.map(({ network }) => network.close()));
    places = [];
  });

  async function place(region: string, chain: Parameters<typeof startDistantServer>[2]): Promise<Place> {
    const { redis, smtp } = stage;
    const network = await createNetwork([redis.port, smtp.port]);
    const server = await startDistantServer(network, port, chain);
    const config = await stage.configure([], {
      region,
      redis: { url: `redis://${network.host}:${redis.port}` },
      mail: { smtp: `smtp://${network.host}:${smtp.port}`, from: 'pinwatch@example.com' },
    });
    const one = {
      network,
      server,
      start: () => stage.start({ config, role: 'worker', network: network.name }),
    };
    places.push(one);
    return one;
  }

  test('a mismatch is told with the regions that see it; a region that is away is blind, and closes nothing', async () => {
    stage = await setStage();
    const [chain, strange] = [stage.chainFor(host), stage.chainFor(host)];
    const backup = stage.issuing.leaf({ names: [host] });
    const pins = [chain[0]?.pin ?? '', backup.pin];
    const [west, east] = [await place('eu-west', chain), await place('us-east', chain)];
    const entry = { host: name, pins, connect: ['127.0.0.1'], caFile: 'root.pem' };
    const server = stage.start({ config: await stage.configure([entry]), role: 'server' });
    const [inWest, inEast] = [west.start(), east.start()];
    await Promise.all([server, inWest, inEast].map((one) => one.line('working')));
    // Whoever probes asks the other region from now on.
    const both = ({ there }: LogLine) => `${there}` === 'eu-west,us-east';
    await Promise.all([inWest, inEast].map((one) => one.line('regions', both)));

    await west.server.serve(strange);
    const first = await stage.mail();
    expect(told(first)).toEqual([`opened ${name} pin_mismatch`]);
    expect(textOf(first)).toContain('seen from eu-west only (of eu-west and us-east)');
    const [seen] = machinePart(first).transitions;
    expect(seen?.check.endpoints.map(({ region, verdict }) => `${region} ${verdict}`)).toEqual([
      'eu-west mismatch',
      'eu-west inconclusive',
      'us-east match',
      'us-east inconclusive',
    ]);

    await east.server.serve(strange);
    const second = await stage.mail();
    expect(told(second)).toEqual([`changed ${name} pin_mismatch`]);
    expect(textOf(second)).toContain('seen from every region (eu-west and us-east)');

    // Only us-east is well again, then nobody looks from eu-west any more: what was seen there stays open.
    await east.server.serve(chain);
    // One of the two probes it, and asks the other.
    await Promise.race([inWest, inEast].map((one) => one.line('probed', undefined, one.lines.length)));
    await inWest.stop('SIGKILL');
    await west.server.serve(chain);
    const blind = await stage.mail();
    expect(blind.mail.subject).toContain('pinwatch is blind in eu-west - WARNING: no worker answers there');
    expect(textOf(blind)).toContain('Workers in us-east look as before');
    const since = inEast.lines.length;
    const alone = await inEast.line('probed', undefined, since);
    expect(alone).toMatchObject({ verdict: 'match', failures: ['region_away'] });
    expect((await server.get('/metrics')).text).toContain(
      `pinwatch_pin_mismatch{account="acme",domain="${name}"} 1`,
    );
    expect((await server.get('/metrics')).text).toContain('pinwatch_region_up{region="eu-west"} 0');

    west.start();
    // In one mail or two.
    const closed: string[] = [];
    while (closed.length < 2) {
      const { transitions, watchTransitions = [] } = machinePart(await stage.mail());
      const told = [...transitions, ...watchTransitions];
      closed.push(...told.map(({ kind, transition }) => `${kind} ${transition}`));
    }
    expect(closed.sort()).toEqual(['blind closed', 'pin_mismatch closed']);
    // A killed worker is missed after 30 seconds, and told of some intervals later.
  }, 240_000);
});

/** Without the line breaks that it is folded at. */
function textOf({ mail }: Received): string {
  return (mail.text ?? '').replace(/\s+/g, ' ');
}
