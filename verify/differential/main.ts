/**
 * `npm run verify:differential`: two verifiers that were written from one text, and bundles with faults by chance. Exits
 * with 0 if they say the same about each: the code, and for an accepted bundle what it asks of some hosts.
 *
 *   npm run verify:differential -- [--count 20000] [--from 1]
 */
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { startJavaVerifier } from './java.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '20000' }, from: { type: 'string', default: '1' } },
});
const java = await startJavaVerifier();
try {
  const begun = Date.now();
  const { outcomes, disagreements } = await compare(
    java,
    Number(values.from),
    Number(values.count),
    (done) => {
      if (done % 50_000 === 0) console.log(`${done} bundles, ${Math.round((Date.now() - begun) / 1000)} s`);
    },
  );
  for (const [code, times] of [...outcomes].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(8)}  ${code}`);
  }
  for (const disagreement of disagreements.slice(0, 20)) console.log(disagreement);
  console.log(`${values.count} bundles, ${disagreements.length} disagreements`);
  if (disagreements.length > 0) process.exitCode = 1;
} finally {
  await java.close();
}
