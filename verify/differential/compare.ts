/** Do the verifiers in TypeScript and Java say the same about the same bundles? */
import { webcrypto } from 'node:crypto';
import { type Held, type Trust, verifyBundle } from '../typescript/src/bundle.ts';
import { decide, deviceHash } from '../typescript/src/decision.ts';
import {
  bundle,
  channel,
  configurationClaims,
  encode,
  root,
  spareRoot,
  statementClaims,
} from '../vectors/generator/bundle.ts';
import { heldTuple, questions } from './claims.ts';
import type { JavaVerifier } from './java.ts';
import { mutant } from './mutant.ts';

export interface Comparison {
  /** How many bundles had this code. */
  readonly outcomes: Map<string, number>;
  /** Seed, both answers, and the bundle in base64. */
  readonly disagreements: string[];
}

const { subtle } = webcrypto;
const trust: Trust = { roots: [root.point, spareRoot.point], audience: channel };
const held: Held = {
  ...heldTuple,
  keys: encode(statementClaims({ gen: heldTuple.generation })),
  configuration: encode(configurationClaims()),
};
/** What a client holds already, and the same bundle again. */
const again = Buffer.from(bundle({ statement: { payload: statementClaims({ gen: heldTuple.generation }) } }));
const batchSize = 500;

/** Bundles of `count` seeds, each against nothing held, or against something; `progress` gets how many are done. */
export async function compare(
  java: JavaVerifier,
  from: number,
  count: number,
  progress: (done: number) => void = () => {},
): Promise<Comparison> {
  const device = await deviceHash(subtle, channel, questions.device);
  const outcomes = new Map<string, number>();
  const disagreements: string[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const stored = (start / batchSize) % 2 === 1 ? held : null;
    const roots = trust.roots.map((point) => Buffer.from(point).toString('base64'));
    java.configure({ ...questions, roots, audience: channel, stored });
    const seeds = Array.from(
      { length: Math.min(batchSize, count - start) },
      (_, index) => from + start + index,
    );
    await Promise.all(
      seeds.map(async (seed, index) => {
        const bytes = stored !== null && index === 0 ? again : mutant(seed);
        const [theirs, ours] = await Promise.all([
          java.answer(bytes),
          typescriptAnswer(bytes, stored, device),
        ]);
        const [code = ''] = ours.split(' ');
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
        if (theirs !== ours) {
          disagreements.push(`seed ${seed}: TypeScript ${ours}, Java ${theirs}: ${bytes.toString('base64')}`);
        }
      }),
    );
    progress(start + seeds.length);
  }
  return { outcomes, disagreements };
}

/** In the words of Batch.java. */
async function typescriptAnswer(bytes: Buffer, stored: Held | null, device: string): Promise<string> {
  try {
    const found = await verifyBundle(bytes, trust, stored, subtle);
    if (found.outcome !== 'accepted') return found.outcome;
    const { generation, version, issuedAt } = found.bundle.held;
    const { configuration } = found.bundle;
    const numbers = [generation, version, issuedAt, configuration.expiresAt, configuration.refresh];
    const decisions = questions.hosts.map((host) => {
      const { decision, report } = decide(configuration, { ...questions, host, device });
      return `${decision} ${report}`;
    });
    return ['accepted', ...numbers, ...decisions].join(' ');
  } catch (error) {
    return `crash ${error}`; // never: it counts as a disagreement
  }
}
