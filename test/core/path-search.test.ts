/** The search against a reference that lists every path in the contract's order and takes the first valid one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { now } from '../support/observations.ts';
import { ca, leafOf, type Made, search } from './chain-facts.ts';

/** A certificate in a random hierarchy: its name and issuer by number, and whether it may be on a path. */
interface Plan {
  readonly name: number;
  readonly issuer: number;
  readonly usable: boolean;
}

const names = 4;
const number = fc.nat(names - 1);
const plan = fc.record<Plan>({ name: number, issuer: number, usable: fc.boolean() });

const world = fc.record({
  leafIssuer: number,
  sent: fc.array(plan, { maxLength: 5 }),
  roots: fc.uniqueArray(number, { minLength: 1, maxLength: 2 }),
  rootsSent: fc.boolean(),
});

/** One key for each name, so that any certificate of a name may be the issuer of what is below that name. */
function make({
  leafIssuer,
  sent,
  roots,
  rootsSent,
}: typeof world extends fc.Arbitrary<infer W> ? W : never) {
  const keys = Array.from({ length: names }, (_, at) => ca(`root${at}`, null, { subject: `n${at}` }));
  const of = (at: number): Made => keys[at] ?? ca('never');
  const certificates = sent.map(({ name, issuer, usable }, at) =>
    ca(`c${at}`, of(issuer), { subject: `n${name}`, ...(usable ? {} : { days: [-9, -1] }) }),
  );
  const anchors = roots.map(of);
  return { chain: [leafOf(of(leafIssuer)), ...certificates, ...(rootsSent ? anchors : [])], anchors };
}

/** Every path to an anchor over usable certificates, each certificate once. */
function everyPath(path: readonly Made[], chain: readonly Made[], anchors: readonly Made[]): Made[][] {
  const last = path.at(-1);
  const above = (list: readonly Made[]) =>
    list.filter((one) => one.facts.subjectKey === last?.facts.issuerKey);
  const over = above(chain.slice(1)).filter(
    (one) => !path.includes(one) && !anchors.includes(one) && !isExpired(one),
  );
  return [
    ...above(anchors).map((anchor) => [...path, anchor]),
    ...over.flatMap((issuer) => everyPath([...path, issuer], chain, anchors)),
  ];
}

const isExpired = ({ facts }: Made) => facts.certificate.notAfter < now;
const keysOf = (path: readonly Made[]) => [...new Set(path.map(({ key }) => key))].sort().join();

test('returns the first of all valid paths, and one other for each set of keys', () => {
  fc.assert(
    fc.property(world, (planned) => {
      const { chain, anchors } = make(planned);
      const [leaf] = chain;
      if (leaf === undefined) throw new Error('no leaf');
      const all = everyPath([leaf], chain, anchors);
      const different = all.filter((path, at) => all.findIndex((one) => keysOf(one) === keysOf(path)) === at);
      const shown = different.map((path) =>
        path.map((one) => (chain.includes(one) ? one.name : `${one.name}@store`)).join(' '),
      );
      const found = search(chain, anchors);
      if (found.problem === null) expect([found.path, ...found.others]).toEqual(shown.slice(0, 9));
      else if (found.problem.code !== 'CHAIN_TOO_COMPLEX') expect(all).toEqual([]);
      expect(found.signatureChecks).toBeLessThanOrEqual(32);
    }),
    { numRuns: 2_000 },
  );
});
