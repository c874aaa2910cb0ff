import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clients, okhttpJar, startClients } from '../../differential/clients.ts';
import { differences } from '../../differential/differences.ts';
import { namedCases } from '../../differential/named.ts';
import { randomCase } from '../../differential/random.ts';
import { run } from '../../differential/run.ts';
import { requires } from '../support/requires.ts';

requires('javac', okhttpJar)('beside OkHttp and the JDK', () => {
  let clients: Clients;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinwatch-differential-'));
    clients = startClients();
  });
  afterAll(async () => {
    await clients.close();
    await rm(folder, { recursive: true });
  });

  test('pinwatch says what they do, but for known differences', async () => {
    const byChance = Array.from({ length: 20 }, (_, index) => randomCase(index + 1));
    const outcome = await run([...namedCases, ...byChance], { clients, folder, everyPin: false, sets: 4 });
    expect(outcome.disagreements).toEqual([]);
    expect(outcome.cases).toBe(namedCases.length + 20);
    expect(outcome.comparisons).toBeGreaterThan(outcome.cases * 3);
    // One that explains nothing any more could hide a fault.
    expect([...outcome.explained.keys()].sort()).toEqual(differences.map(({ name }) => name).sort());
  }, 180_000);

  test('each case has a name of its own', () => {
    const names = namedCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
