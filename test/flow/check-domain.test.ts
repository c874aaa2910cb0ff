import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { Account, Domain } from '../../src/core/domain.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Platform } from '../../src/core/platforms.ts';
import { type CheckDomainPorts, checkDomain } from '../../src/flow/check-domain.ts';
import type { Happening } from '../../src/flow/journal.ts';
import type { Look } from '../../src/flow/observe.ts';
import type { ProbeStore } from '../../src/flow/probe-store.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { day, failed, intermediate, leaf, newLeaf, now, rules, seen } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';

const never = new AbortController().signal;
const ref = { account: 'acme', domain: 'api.example.com' };
const api: Domain = { host: 'api.example.com', port: 443, pins: [leaf.pin], provisionedBy: 'pinwatch.yaml' };
const good = seen({ presented: [leaf, intermediate] });
const bad = seen({ presented: [newLeaf, intermediate] });
const refused = failed('connection_refused');
/** As many looks as a sighting causes, which all see the same. */
const always = (observation: Observation) => Array.from({ length: 5 }, () => [observation]);

requires('redis-server')('the check of a domain, with its records in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let probeStore: ProbeStore;
  let clock: number;
  let happenings: Happening[];
  let nudged: string[];
  let pauses: number[];

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
    probeStore = createProbeStore(link.redis);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    await register(api);
    clock = now;
    happenings = [];
    nudged = [];
    pauses = [];
  });

  const register = (...domains: Domain[]) => registerAccount({}, ...domains);
  const registerAccount = (more: Pick<Account, 'platforms'>, ...domains: Domain[]) =>
    createProvisioningStore(link.redis).provision([
      { name: 'acme', contacts: ['devops@example.com'], ...more, domains },
    ]);

  /** Each look takes the next of these; `looked` is called before it is answered. */
  function check(
    looks: readonly (readonly Observation[])[],
    {
      sweep = null,
      platforms = [],
      looked = async () => {},
    }: {
      sweep?: string | null;
      platforms?: readonly Platform[];
      looked?: (look: number, asked: Look, domain: Pick<Domain, 'keyTypes'>) => Promise<void>;
    } = {},
  ) {
    let look = 0;
    const ports: CheckDomainPorts = {
      probeStore,
      async observe(domain, asked) {
        const observations = looks[look];
        if (observations === undefined) throw new Error(`expected ${looks.length} looks, this is one more`);
        await looked(look, asked, domain);
        look += 1;
        return [...observations];
      },
      nudge: async (account) => {
        nudged.push(account);
      },
      clock: () => clock,
      pause: async (ms) => {
        pauses.push(ms);
        clock += ms;
      },
      journal: (happening) => happenings.push(happening),
    };
    const settings = { probe: { confirmAfterMs: 2_000, timeoutMs: 10_000 }, notify: rules, platforms };
    return checkDomain(ref, sweep, settings, ports, never).then((result) => ({ result, looks: look }));
  }
  const transitions = () =>
    happenings.flatMap((happening) =>
      happening.kind === 'transition'
        ? [`${happening.transition.transition} ${happening.transition.kind}`]
        : [],
    );
  const owed = async () => (await createOutbox(link.redis).owes('acme')) === true;

  test('a match takes one look and is recorded', async () => {
    const { result, looks } = await check([[good]]);
    expect(looks).toBe(1);
    expect(result?.verdict).toBe('match');
    expect((await probeStore.load(ref))?.record).toMatchObject({
      lastProbeAt: now,
      lastConclusiveAt: now,
      trusted: true,
    });
    expect(happenings).toMatchObject([{ kind: 'probed', verdict: 'match', isNew: true, confirmed: false }]);
    expect(nudged).toEqual([]);
    expect(await owed()).toBe(false);
    await check([[good]]);
    expect(happenings.at(-1)).toMatchObject({ kind: 'probed', verdict: 'match', isNew: false });
  });

  test("the platforms that apply are the domain's, else its account's, else the installation's", async () => {
    const long = seen({ presented: [{ ...leaf, notAfter: now + 900 * day }, intermediate] });
    const codes = async (platforms: readonly Platform[] = []) =>
      (await check(Array(5).fill([long]), { platforms })).result?.findings.map(({ code }) => code);
    expect(await codes()).not.toContain('platform_refused');
    expect(await codes(['android', 'ios'])).toContain('platform_refused');
    await registerAccount({ platforms: [] }, api);
    expect(await codes(['android', 'ios'])).not.toContain('platform_refused');
    await registerAccount({ platforms: [] }, { ...api, platforms: ['ios'], alpn: [] });
    expect(await codes()).toContain('platform_refused');
    // Two looks each, and a separate incident, reported with what a manual check needs to see the same.
    expect(happenings.flatMap((one) => (one.kind === 'transition' ? [one.transition] : []))).toMatchObject([
      { transition: 'opened', kind: 'untrusted', severity: 'critical' },
      { transition: 'closed', kind: 'untrusted' },
      { transition: 'opened', own: { roots: false, connect: [], alpn: [], platforms: ['ios'] } },
    ]);
  });

  test('what could not be judged has its reasons, each once, without key types that are not served', async () => {
    const looks = [
      failed('connection_refused', '192.0.2.1', 'ecdsa'),
      failed('connection_refused', '192.0.2.1', 'rsa'),
      failed('tls_alert', '192.0.2.2', 'ecdsa'),
      failed('key_type_not_served', '192.0.2.2', 'rsa'),
    ];
    await check([looks]);
    expect(happenings).toMatchObject([
      { codes: ['unreachable'], failures: ['connection_refused', 'tls_alert'] },
    ]);
  });

  test('a mismatch is confirmed on the same addresses after a pause, investigated, and reported once', async () => {
    const two = [
      seen({ presented: [newLeaf, intermediate], address: '192.0.2.1' }),
      seen({ presented: [newLeaf, intermediate], address: '192.0.2.2' }),
    ];
    const again: (readonly string[] | undefined)[] = [];
    const { looks } = await check([two, two, two, two, two], {
      looked: async (_look, asked) => {
        again.push(asked.again);
      },
    });
    expect(looks).toBe(5);
    const both = ['192.0.2.1', '192.0.2.2'];
    expect(again).toEqual([undefined, both, both, both, both]);
    expect(pauses).toEqual([2_000]);
    expect(transitions()).toEqual(['opened pin_mismatch']);
    expect(nudged).toEqual(['acme']);
    expect(await owed()).toBe(true);
    // Open, with the same facts: one look is enough.
    clock += 900_000;
    expect((await check([two])).looks).toBe(1);
    expect(transitions()).toEqual(['opened pin_mismatch']);
  });

  test('what one of five connections met is kept and logged, but not reported', async () => {
    const { result, looks } = await check([[bad], [good], [good], [good], [good]]);
    expect(looks).toBe(5);
    expect(result).toMatchObject({
      verdict: 'mismatch',
      findings: [
        {
          code: 'pin_mismatch_partial',
          message: 'no pinned key is on the validated path of 1 of 5 connections to 192.0.2.1 ecdsa',
        },
      ],
      endpoints: [{ connections: { judged: 5, mismatched: 1, untrusted: 0 } }],
    });
    expect(transitions()).toEqual([]);
    expect(await owed()).toBe(false);
    expect(happenings).toMatchObject([
      { kind: 'probed', verdict: 'mismatch', confirmed: true },
      { kind: 'disagreed', endpoint: '192.0.2.1 ecdsa', about: 'pin_mismatch', bad: 1, of: 5 },
    ]);
    // Seen again the same day, it is reported.
    clock += 20 * 3_600_000;
    await check([[bad], [good], [good], [good], [good]]);
    expect(transitions()).toEqual(['opened pin_mismatch']);
  });

  test('further looks cover only the endpoint concerned', async () => {
    const rsa = seen({ keyType: 'rsa', address: '192.0.2.2' });
    const asked: unknown[] = [];
    await check([[bad, rsa], [good, rsa], [good], [good], [good]], {
      looked: async (_look, { again }, { keyTypes }) => {
        asked.push([again, keyTypes]);
      },
    });
    expect(asked.slice(1)).toEqual([
      [
        ['192.0.2.1', '192.0.2.2'],
        ['ecdsa', 'rsa'],
      ],
      ...Array.from({ length: 3 }, () => [['192.0.2.1'], ['ecdsa']]),
    ]);
  });

  test('an endpoint that stops answering is not asked again, and a slow one not for long', async () => {
    expect((await check([[bad], [refused], [refused]])).looks).toBe(3);
    expect((await probeStore.load(ref))?.record.sightings.pin_mismatch).toBeDefined();
    await register();
    await register(api);
    const slow = await check([[bad], [bad], [bad]], {
      looked: async () => {
        clock += 10_000;
      },
    });
    expect(slow.looks).toBe(3);
  });

  test('if the second look is inconclusive, the next probe that sees it again opens', async () => {
    await check([[bad], [refused], [refused]]);
    expect(transitions()).toEqual([]);
    clock += 900_000;
    // Seen twice by now, though not within one job.
    await check([[bad], [refused], [refused]]);
    expect(transitions()).toEqual(['opened pin_mismatch']);
    expect(await owed()).toBe(true);
  });

  test('a recovery is investigated as well', async () => {
    await check(always(bad));
    clock += 900_000;
    expect((await check([[good], [good], [bad], [good], [good]])).looks).toBe(5);
    expect(transitions()).toEqual(['opened pin_mismatch', 'changed pin_mismatch']);
  });

  test('a job that runs twice makes one transition', async () => {
    await Promise.all([check(always(bad), { sweep: '1' }), check(always(bad), { sweep: '1' })]);
    await check([[bad]], { sweep: '1' });
    expect(transitions()).toEqual(['opened pin_mismatch']);
    expect(await link.redis.llen('pinwatch:{acme}:notices')).toBe(1);

    // And a sweep counts once against an address that does not answer.
    await register();
    await register(api);
    for (const sweep of ['2', '2', '2', '3', '3']) await check([[refused]], { sweep });
    expect((await probeStore.load(ref))?.record.unreachableSweeps).toBe(2);
    await check([[refused]], { sweep: '4' });
    expect(transitions()).toEqual(['opened pin_mismatch', 'opened unreachable']);
  });

  test('a record from another probe meanwhile is reconciled without another look', async () => {
    let conflicted = false;
    const { looks } = await check(always(bad), {
      looked: async (look) => {
        if (look !== 1 || conflicted) return;
        conflicted = true;
        await check(always(bad));
      },
    });
    expect(looks).toBe(5);
    expect(transitions()).toEqual(['opened pin_mismatch']);
    expect((await probeStore.load(ref))?.token.version).toBe(clock + 1);
  });

  test('changed settings meanwhile need another look', async () => {
    const { result, looks } = await check([...always(bad), [bad]], {
      looked: async (look) => {
        // The pin of the new key is added while it is being looked at.
        if (look === 1) await register({ ...api, pins: [leaf.pin, newLeaf.pin] });
      },
    });
    expect(looks).toBe(6);
    expect(result?.verdict).toBe('match');
    expect(transitions()).toEqual([]);
    expect(happenings).toHaveLength(1);
  });

  test('a domain that is removed, before or meanwhile, is null and stores nothing', async () => {
    const { result } = await check(always(bad), {
      looked: async (look) => {
        if (look === 1) await register();
      },
    });
    expect(result).toBeNull();
    expect((await check([])).result).toBeNull();
    expect(happenings).toEqual([]);
    expect(await owed()).toBe(false);
  });

  test('a domain that changes at every look is abandoned, so that the job is retried', async () => {
    let pins = 0;
    const endless = Array.from({ length: 20 }, () => [good]);
    const checking = check(endless, {
      looked: async () => {
        pins += 1;
        await register({ ...api, connect: [`192.0.2.${pins}`] });
      },
    });
    await expect(checking).rejects.toThrow('acme/api.example.com changed 5 times');
    expect(pins).toBe(5);
  });

  test('a failed nudge loses nothing: the notice is stored', async () => {
    const checking = checkDomain(
      ref,
      null,
      { probe: { confirmAfterMs: 0, timeoutMs: 10_000 }, notify: rules, platforms: [] },
      {
        probeStore,
        observe: async () => [bad],
        nudge: () => Promise.reject(new Error('the queue is away')),
        clock: () => clock,
        pause: async () => {},
        journal: (happening) => happenings.push(happening),
      },
      never,
    );
    await expect(checking).rejects.toThrow('the queue is away');
    expect(await owed()).toBe(true);
    // The job is retried, and reports nothing twice.
    await check([[bad]]);
    expect(transitions()).toEqual(['opened pin_mismatch']);
    expect(await link.redis.llen('pinwatch:{acme}:notices')).toBe(1);
  });
});
