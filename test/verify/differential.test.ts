import { afterAll, beforeAll, expect, test } from 'vitest';
import { compare } from '../../verify/differential/compare.ts';
import { type JavaVerifier, startJavaVerifier } from '../../verify/differential/java.ts';
import { requires } from '../support/requires.ts';

requires('javac')('the verifiers in TypeScript and Java', () => {
  let java: JavaVerifier;
  beforeAll(async () => {
    java = await startJavaVerifier();
  }, 120_000);
  afterAll(() => java.close());

  test('say the same about bundles with faults by chance', async () => {
    const { outcomes, disagreements } = await compare(java, 1, 3_000);
    expect(disagreements).toEqual([]);
    // Faults that all end in the same place would show nothing.
    const codes = [
      'malformed',
      'bad_signature',
      'unknown_root',
      'unknown_key',
      'wrong_audience',
      'unsupported',
    ];
    expect([...outcomes.keys()].sort()).toEqual(
      [...codes, 'accepted', 'unchanged', 'rollback', 'conflict'].sort(),
    );
  }, 180_000);
});
