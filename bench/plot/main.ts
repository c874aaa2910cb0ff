/**
 * `npm run bench:plot`: draws the plots of docs/ from the JSON files of `npm run bench -- --peers` and `npm run bench:flat`.
 * Leaves out a plot whose file is missing.
 *
 *   npm run bench:plot -- [--peers FILE] [--flat FILE] [--directory docs]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plotCostByDomains } from './cost-by-domains.ts';
import { plotCostPerEndpoint } from './cost-per-endpoint.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'var/bench/peers.json' },
    flat: { type: 'string', default: 'var/bench/flat.json' },
    directory: { type: 'string', default: 'docs' },
  },
});

draw(values.peers, 'cost-per-endpoint.svg', plotCostPerEndpoint);
draw(values.flat, 'cost-by-domains.svg', plotCostByDomains);

function draw<T>(from: string, name: string, plot: (result: T) => string): void {
  if (!existsSync(from)) {
    console.log(`${from}: not found; ${name} is left as it is`);
    return;
  }
  const to = join(values.directory, name);
  writeFileSync(to, plot(JSON.parse(readFileSync(from, 'utf8')) as T));
  console.log(`${to}: drawn from ${from}`);
}
