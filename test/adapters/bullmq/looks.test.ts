import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTlsServer } from '../../../lab/tls-server.ts';
import { lookAnswerText, readLookAnswer } from '../../../src/adapters/bullmq/look-answer.ts';
import { createLookDesk } from '../../../src/adapters/bullmq/look-desk.ts';
import { lookQueue } from '../../../src/adapters/bullmq/look-jobs.ts';
import { readLookRequest } from '../../../src/adapters/bullmq/look-request.ts';
import { startLookWorker } from '../../../src/adapters/bullmq/look-worker.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { queuePrefix } from '../../../src/adapters/redis/keys.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';
import type { KnownRegion } from '../../../src/core/region.ts';
import { isSameLook } from '../../../src/core/unchanged.ts';
import {
  type LookRequest,
  lookFromRegions,
  type RegionPorts,
} from '../../../src/flow/looks/look-from-regions.ts';
import { lookRaw, type RawObservation, readRaw } from '../../../src/flow/looks/raw-look.ts';
import { observeDomain } from '../../../src/flow/observe.ts';
import { ecdsa, host, otherEcdsa, root, run, settings } from '../../flow/observe-rig.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from '../redis/link.ts';

const never = new AbortController().signal;
const clock = () => Date.now();
const known = (name: string, workers = 1): KnownRegion => ({ name, workers, silentMs: 0 });
const request: LookRequest = {
  domain: { host, port: 443, keyTypes: ['ecdsa'], connect: ['127.0.0.1'], alpn: [], platforms: ['ios'] },
  look: { again: [], remembered: ['192.0.2.1'] },
};

describe('what is asked', () => {
  test('is read as it was written', () => {
    expect(readLookRequest(JSON.parse(JSON.stringify(request)))).toEqual(request);
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['no host', { ...request, domain: { ...request.domain, host: 7 } }],
    ['a host with a port', { ...request, domain: { ...request.domain, host: 'api.example.com:1' } }],
    ['no port', { ...request, domain: { ...request.domain, port: 0 } }],
    ['a key type that there is not', { ...request, domain: { ...request.domain, keyTypes: ['dsa'] } }],
    ['no address', { ...request, look: { again: ['api.example.com'], remembered: [] } }],
    [
      'too many',
      { ...request, look: { again: Array.from({ length: 129 }, () => '192.0.2.1'), remembered: [] } },
    ],
  ])('is refused: %s', (_what, data) => {
    expect(() => readLookRequest(data)).toThrow(TypeError);
  });
});

describe('what is answered', () => {
  const chain = ecdsa.map(({ der }) => new Uint8Array(der));
  const seen: RawObservation = {
    ...{ address: '192.0.2.1', keyType: 'ecdsa', durationMs: 3, failure: null, protocol: 'TLSv1.3', chain },
    ...{ negotiated: { suite: 'TLS_AES_128_GCM_SHA256', group: 'X25519', sha1: false }, broken: null },
  };
  const failed: RawObservation = {
    ...{ address: null, keyType: 'rsa', durationMs: 1, unlisted: true, evidence: 'alert' },
    failure: { code: 'key_type_not_served', message: 'none' },
  };

  test('is read as it was written, each chain once', () => {
    const text = lookAnswerText([seen, { ...seen, address: '2001:db8::1' }, failed]);
    expect(readLookAnswer(text)).toEqual([seen, { ...seen, address: '2001:db8::1' }, failed]);
    expect(text.split(Buffer.from(chain[0] ?? []).toString('base64'))).toHaveLength(2);
  });

  test('fits into its limits, whatever chains a host has at all its addresses', () => {
    const huge = (index: number) => Array.from({ length: 2 }, () => new Uint8Array(50_000).fill(index));
    const all = Array.from({ length: 100 }, (_, index) => ({
      ...seen,
      address: `192.0.2.${index}`,
      chain: huge(index),
    }));
    const read = readLookAnswer(lookAnswerText([seen, ...all]));
    const failures = read.map(({ failure }) => failure?.code);
    expect(failures.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => undefined));
    expect(failures.slice(21)).toEqual(Array.from({ length: 80 }, () => 'chain_too_large'));
    expect(read[0]).toEqual(seen);
  });

  const answer = (change: object, chains: unknown[] = ['MA==']) =>
    JSON.stringify({ chains, seen: [{ ...seen, chain: 0, ...change }] });
  test.each([
    ['no JSON', '{'],
    ['another form', '[]'],
    ['an empty certificate', answer({}, [''])],
    ['21 certificates', answer({}, [Array.from({ length: 21 }, () => 'MA==').join(' ')])],
    ['a certificate over 64 KB', answer({}, ['A'.repeat(90_000)])],
    ['a chain that is not there', answer({ chain: 1 })],
    ['no address', answer({ address: 'here' })],
    ['an unknown failure', answer({ failure: { code: 'tired', message: '' } })],
    ['an unknown protocol', answer({ protocol: 'SSLv3' })],
    ['no duration', answer({ durationMs: -1 })],
  ])('is refused: %s', (_what, text) => {
    expect(() => readLookAnswer(text)).toThrow();
  });

  test('is shown on one line, whatever is in it', () => {
    const message = 'a\nb\u202e';
    const [read] = readLookAnswer(lookAnswerText([{ ...failed, failure: { code: 'tls_alert', message } }]));
    expect(read?.failure?.message).toBe('a\\u{a}b\\u{202e}');
  });
});

requires('redis-server')('a look from two regions, through Redis', () => {
  let redis: RedisServer;
  let link: RedisLink;
  let errors: string[];
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    link = await linkTo(redis.url);
    errors = [];
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await link.close();
    await redis.close();
  });

  /** The parts of a worker. */
  function worker(region: string) {
    const chains = createChainReader({ roots: [root.pem] });
    const resolver = { resolve: async () => ['127.0.0.1'] };
    const observeWith =
      (reader = chains): RegionPorts['observe'] =>
      (domain, look, signal) =>
        observeDomain(
          domain,
          settings,
          { resolver, guard: null, handshaker: createHandshaker(), chains: reader, clock },
          look,
          signal,
        );
    const onError = (error: Error) => errors.push(error.message);
    const desk = createLookDesk(link.redis, queuePrefix, onError);
    closers.push(desk.close);
    const unknown: string[] = [];
    let regions: readonly KnownRegion[] = [known('eu-west'), known('us-east')];
    let isComplete = true;
    const ports: RegionPorts = {
      ...{ observe: observeWith(), own: region, desk, clock, settings: () => settings },
      regions: () => regions,
      areNamed: () => regions.length > 1,
      areComplete: () => isComplete,
      onUnknown: (name) => unknown.push(name),
      read: async (raw, domain) => readRaw(raw, domain, chains, clock()),
    };
    return {
      unknown,
      desk,
      know(...them: readonly KnownRegion[]) {
        regions = them;
      },
      expectMore() {
        isComplete = false;
      },
      answer(look?: (request: LookRequest) => Promise<readonly RawObservation[]>) {
        const own = ({ domain, look: which }: LookRequest) =>
          lookRaw(chains, (recording) => observeWith(recording)(domain, which, never));
        const { close } = startLookWorker(link.redis, queuePrefix, region, 10, look ?? own, onError);
        closers.push(close);
      },
      look: lookFromRegions(ports),
    };
  }

  test('has what each sees with its region, and the same again costs no new reading', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const [west, east] = [worker('eu-west'), worker('us-east')];
    east.answer();
    const domain = { host, port: server.port, regions: ['us-east', 'eu-west', 'moon'] };
    const first = await west.look(domain, {}, never);
    expect(first.map(({ region, keyType, failure }) => [region, keyType, failure?.code])).toEqual([
      ['eu-west', 'ecdsa', undefined],
      ['eu-west', 'rsa', 'key_type_not_served'],
      ['us-east', 'ecdsa', undefined],
      ['us-east', 'rsa', 'key_type_not_served'],
    ]);
    expect(west.unknown).toEqual(['moon']);
    expect(isSameLook(first, await west.look(domain, {}, never))).toBe(true);
    server.rotate([otherEcdsa]);
    expect(isSameLook(first, await west.look(domain, {}, never))).toBe(false);
    // Nothing of a look is left.
    expect(await link.redis.keys(`${queuePrefix}:look-us-east:*answer*`)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('asks only the regions of the places that are looked at again', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const [west, east] = [worker('eu-west'), worker('us-east')];
    const asked: LookRequest[] = [];
    east.answer(async (one) => {
      asked.push(one);
      return [];
    });
    const domain = { host, port: server.port };
    const again = await west.look(domain, { again: ['127.0.0.1 eu-west'] }, never);
    expect(again.map(({ region }) => region)).toEqual(['eu-west', 'eu-west']);
    await west.look(domain, { remembered: ['127.0.0.2 us-east', '127.0.0.3'] }, never);
    expect(asked.map(({ look }) => look)).toEqual([{ again: [], remembered: ['127.0.0.2', '127.0.0.3'] }]);
  });

  test('of a single region asks nobody, and carries no region', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const west = worker('eu-west');
    west.know(known('eu-west'));
    const seen = await west.look({ host, port: server.port, regions: ['moon'] }, {}, never);
    expect(seen.some((one) => 'region' in one)).toBe(false);
    expect(await link.redis.keys('*look*')).toEqual([]);
  });

  test('says which region is away, and what is seen from here all the same', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const west = worker('eu-west');
    west.know(known('eu-west'), known('us-east', 0));
    const domain = { host, port: server.port, keyTypes: ['ecdsa'] as const };
    const seen = await west.look(domain, {}, never);
    expect(seen.map(({ region, address, failure }) => [region, address, failure])).toEqual([
      ['eu-west', '127.0.0.1', null],
      [
        'us-east',
        null,
        { code: 'region_away', message: 'no worker of pinwatch in us-east has been heard from lately' },
      ],
    ]);
    expect(await link.redis.keys('*look*')).toEqual([]);
  });

  test('waits for the regions that it expects, as long as they may not have announced themselves', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const west = worker('eu-west');
    west.know(known('eu-west'));
    west.expectMore();
    const domain = { host, port: server.port, keyTypes: ['ecdsa'] as const };
    const seenBy = async (regions: readonly string[] | undefined, look: Parameters<typeof west.look>[1]) =>
      (await west.look({ ...domain, ...(regions === undefined ? {} : { regions }) }, look, never)).map(
        ({ region, failure }) => [region, failure?.code],
      );
    // It may have another certificate here.
    expect(await seenBy(['moon'], {})).toEqual([['moon', 'region_away']]);
    expect(west.unknown).toEqual([]);
    // What was bad there must not count as well because it is well here.
    expect(await seenBy(undefined, { remembered: ['127.0.0.1 moon'] })).toEqual([
      ['eu-west', undefined],
      ['moon', 'region_away'],
    ]);
    expect(await seenBy(undefined, { again: ['127.0.0.1 eu-west'] })).toEqual([['eu-west', undefined]]);
    for (const regions of [undefined, ['eu-west']])
      expect(await seenBy(regions, {})).toEqual([[undefined, undefined]]);
  });

  test('waits for no answer that does not come, and takes its question back', async () => {
    const { desk } = worker('eu-west');
    expect(await desk.ask('us-east', request, 100, never)).toBeNull();
    const queue = new Queue(lookQueue('us-east'), { connection: link.redis, prefix: queuePrefix });
    expect(await queue.getJobCountByTypes('waiting', 'active', 'delayed')).toBe(0);
    await queue.close();
  });

  test('waits for a region that hangs with one look at a time, until it answers', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const [west, east] = [worker('eu-west'), worker('us-east')];
    const domain = { host, port: server.port, keyTypes: ['ecdsa'] as const, regions: ['us-east'] };
    // They end before their answer, as if it had not come in time.
    let ask = async (): Promise<void> => {
      throw new Error('too much to do');
    };
    let asked = 0;
    east.answer(async () => {
      asked += 1;
      await ask();
      return [];
    });
    const looks = (count: number) =>
      Promise.all(Array.from({ length: count }, () => west.look(domain, {}, never)));
    for (let round = 0; round < 4; round += 1) await looks(5);
    expect(asked).toBe(20);
    const messages = (await looks(5)).flat().map(({ failure }) => failure?.message);
    expect(asked).toBe(21);
    expect(
      messages.filter((one) => one === 'no worker of pinwatch in us-east has answered lately'),
    ).toHaveLength(4);
    ask = async () => {};
    await looks(1);
    await looks(5);
    expect(asked).toBe(27);
  });

  test('ends with its signal', async () => {
    const { desk } = worker('eu-west');
    const abort = new AbortController();
    const asked = desk.ask('us-east', request, 60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  test('leaves no question behind that nobody waits for', async () => {
    const { desk } = worker('eu-west');
    const queue = new Queue(lookQueue('us-east'), { connection: link.redis, prefix: queuePrefix });
    const waiting = () => queue.getJobCountByTypes('waiting', 'active', 'delayed');
    const abort = new AbortController();
    const asked = desk.ask('us-east', request, 60_000, abort.signal);
    await expect.poll(waiting).toBe(1);
    abort.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect.poll(waiting).toBe(0);
    // Redis does not answer in time, and does later.
    await link.redis.client('PAUSE', 2_000, 'ALL');
    expect(await worker('eu-west').desk.ask('us-east', request, 100, never)).toBeNull();
    await link.redis.client('UNPAUSE');
    await link.redis.ping();
    expect(await waiting()).toBe(0);
    expect(errors).toEqual([]);
    await queue.close();
  });

  test('takes a look that fails there for no answer, and says why', async () => {
    const [west, east] = [worker('eu-west'), worker('us-east')];
    east.answer(async () => {
      throw new Error('out of sockets');
    });
    expect(await west.desk.ask('us-east', request, 20_000, never)).toBeNull();
    await expect.poll(() => errors).toContain('out of sockets');
    const broken = { ...request, domain: { ...request.domain, port: 0 } };
    expect(await west.desk.ask('us-east', broken, 20_000, never)).toBeNull();
    await expect.poll(() => errors).toContain('expected a port, found "0"');
  });
});
