/**
 * `npm run differential`: does pinwatch say what pinning clients do? It serves chains on loopback, and compares the
 * verdict with OkHttp's CertificatePinner on a JVM, and with every path that the JDK's validator accepts; and it reads pin
 * sets out of source for OkHttp, and compares what it then says with what OkHttp does with these pins. Exits with 0
 * if the known differences (differences.ts) explain every disagreement.
 *
 *   npm run differential -- [--only NAME]… [--random 500] [--from 1] [--sets 12] [--list]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startClients } from './clients.ts';
import { differences } from './differences.ts';
import { namedCases } from './named.ts';
import { randomCase } from './random.ts';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    /** A named case, or a random one as `seed-7`; repeatable. */
    only: { type: 'string', multiple: true },
    random: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    sets: { type: 'string', default: '12' },
    list: { type: 'boolean', default: false },
  },
});

const from = Number(values.from);
const all = [
  ...namedCases,
  ...Array.from({ length: Number(values.random) }, (_, index) => randomCase(from + index)),
];
const chosen = values.only?.map((name) => {
  const seed = /^seed-(\d+)$/.exec(name)?.[1];
  const found = seed === undefined ? namedCases.find((one) => one.name === name) : randomCase(Number(seed));
  if (found === undefined) throw new Error(`--only: no case ${JSON.stringify(name)}; --list shows them`);
  return found;
});

if (values.list) {
  for (const { name } of namedCases) console.log(name);
} else {
  const folder = await mkdtemp(join(tmpdir(), 'pinwatch-differential-'));
  const clients = startClients();
  try {
    const { cases, comparisons, explained, disagreements } = await run(chosen ?? all, {
      ...{ clients, folder, everyPin: true, sets: Number(values.sets) },
    });
    for (const disagreement of disagreements) console.log(disagreement);
    for (const { name, reason } of differences) {
      const times = explained.get(name) ?? 0;
      if (times > 0) console.log(`${String(times).padStart(6)}  ${name}: ${reason}`);
    }
    console.log(`${cases} chains, ${comparisons} comparisons, ${disagreements.length} unexplained`);
    if (disagreements.length > 0) process.exitCode = 1;
  } finally {
    await clients.close();
    await rm(folder, { recursive: true });
  }
}
