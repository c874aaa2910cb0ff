/** A bundle by chance: most have one fault, some have none, some have two. */
import {
  configHeader,
  foreignRoot,
  keysHeader,
  nextSigner,
  root,
  signer,
  spareRoot,
} from '../vectors/generator/bundle.ts';
import type { Key } from '../vectors/generator/es256.ts';
import { configuration, statement } from './claims.ts';
import { print, type Tree, treeOf } from './json-tree.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateText } from './mutate-text.ts';
import { mutateTree, oddSpelling } from './mutate-tree.ts';
import { type Random, randomOf } from './random.ts';
import { signedLine } from './signed-line.ts';

const faultNames = [
  'header',
  'claims',
  'claims',
  'claims',
  'spelling',
  'payload',
  'signature',
  'text',
] as const;
type Fault = (typeof faultNames)[number];

export function mutant(seed: number): Buffer {
  const random = randomOf(seed);
  const faults = Array.from({ length: random.pick([0, 1, 1, 1, 1, 1, 2]) }, () => ({
    fault: random.pick(faultNames),
    line: random.pick([0, 1, 1]),
  }));
  const of = (line: number) => faults.filter((one) => one.line === line).map(({ fault }) => fault);
  const rootKey = random.chance(0.02) ? foreignRoot : random.pick([root, root, spareRoot]);
  const key = random.chance(0.1) ? nextSigner : signer;
  const first = line(treeOf(keysHeader({}, rootKey)), treeOf(statement(random)), rootKey, of(0), random);
  const second = line(treeOf(configHeader({}, key)), treeOf(configuration(random)), key, of(1), random);
  const text = `${first}\n${second}\n`;
  return faults.some(({ fault }) => fault === 'text') ? mutateText(text, random) : Buffer.from(text);
}

function line(header: Tree, claims: Tree, key: Key, faults: readonly Fault[], random: Random): string {
  for (const fault of faults) {
    if (fault === 'header') mutateTree(header, random);
    if (fault === 'claims') mutateTree(claims, random);
  }
  const spelling = faults.includes('spelling') ? oddSpelling(random) : undefined;
  const right = Buffer.from(print(claims, spelling));
  const payload = faults.includes('payload') ? mutateBytes(right, random) : right;
  const oddly = faults.includes('signature') ? random : null;
  return signedLine(Buffer.from(print(header, spelling)), payload, key, oddly);
}
