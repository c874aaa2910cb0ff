/**
 * `npm run bench:publish`: what signed configurations cost. Accounts are checked, published and renewed; a service
 * serves ten thousand channels beside nginx, which serves the same files; and simulated apps poll an nginx cache in
 * front of a service until all of them have a publication. Prints its tables and writes one JSON file.
 *
 *   npm run bench:publish -- [--accounts 1000] [--domains 100] [--channels 10000] [--apps 10000] [--out FILE]
 *
 * 0 leaves a part out. The apps poll in real time, so their part takes eight minutes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAccounts } from './accounts.ts';
import { measureApps } from './apps.ts';
import { measureServing } from './serving.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000' },
    domains: { type: 'string', default: '100' },
    channels: { type: 'string', default: '10000' },
    apps: { type: 'string', default: '10000' },
    out: { type: 'string', default: 'var/bench/publish.json' },
  },
});
const [accounts, domains, channels, apps] = [
  values.accounts,
  values.domains,
  values.channels,
  values.apps,
].map((text) => {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new Error(`expected a whole number, found "${text}"`);
}) as [number, number, number, number];

const results = {
  node: process.version,
  accounts: accounts === 0 ? null : await measureAccounts(accounts, domains),
  serving: channels === 0 ? null : await measureServing(channels, domains),
  apps: apps === 0 ? null : await measureApps(apps, domains),
};
const out = resolve(values.out);
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);

const ms = (value: number) => value.toFixed(2);
const kb = (bytes: number) => (bytes / 1_024).toFixed(1);
if (results.accounts !== null) {
  console.log(
    `\n${accounts} accounts with ${domains} domains: a bundle of ${kb(results.accounts.bundleBytes)} KB each`,
  );
  console.table(
    results.accounts.steps.map(({ title, usage }) => ({
      step: title,
      'ms for each': ms(usage.wallMs / accounts),
      'CPU ms': ms(usage.cpuMs / accounts),
      'CPU ms of Redis': ms((usage.redisCpuMs ?? Number.NaN) / accounts),
      'longest block ms': ms(usage.longestBlockMs),
    })),
  );
}
if (results.serving !== null) {
  const { memory, requests } = results.serving;
  console.log(`\nA service with ${channels} channels, ${kb(memory.textBytes)} KB of text each`);
  console.table([
    {
      'start s': ms(memory.startMs / 1_000),
      'MB without': ms(memory.emptyBytes / 2 ** 20),
      'MB with': ms(memory.servedBytes / 2 ** 20),
      'MB after gzip': ms(memory.zippedBytes / 2 ** 20),
      'KB a channel': kb((memory.zippedBytes - memory.emptyBytes) / channels),
    },
  ]);
  console.table(
    requests.map(({ title, service, nginx }) => ({
      request: title,
      'service/s': Math.round(service.perSecond),
      'nginx/s': Math.round(nginx.perSecond),
      'service CPU us': Math.round(service.cpuUs),
      'nginx CPU us': Math.round(nginx.cpuUs),
      ratio: (service.cpuUs / nginx.cpuUs).toFixed(1),
    })),
  );
}
if (results.apps !== null) {
  const { spread, origin, minutes } = results.apps;
  console.log(`\n${apps} apps behind nginx, polling every 180 s ± 20 %`);
  console.table([
    {
      'have it after s, p50': ms(spread.p50Ms / 1_000),
      p99: ms(spread.p99Ms / 1_000),
      last: ms(spread.mostMs / 1_000),
      'requests of apps': results.apps.requests,
      'requests to pinwatch': origin,
      'a minute': ms(origin / minutes),
    },
  ]);
}
console.log(`\n${relative('.', out)}`);
