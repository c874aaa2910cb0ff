/** Serves a case, and compares what pinwatch says with what real clients do. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Issued, pemChain } from '../lab/authority.ts';
import { startTlsServer } from '../lab/tls-server.ts';
import { readPins } from '../src/adapters/pin-formats/read-pins.ts';
import { judged } from '../src/cli/check.ts';
import { composeCheck } from '../src/compose/probe.ts';
import { readFile } from '../src/config/read-text.ts';
import { type AppliedSet, applySet } from '../src/core/applied-set.ts';
import type { Check, CheckedEndpoint } from '../src/core/check.ts';
import type { Domain } from '../src/core/domain.ts';
import { keyTypes } from '../src/core/observation.ts';
import type { Pin } from '../src/core/pin.ts';
import type { ReadPinText } from '../src/flow/pin-formats.ts';
import { type Case, defaultHost } from './case.ts';
import type { Clients, PathsAnswer } from './clients.ts';
import { differences } from './differences.ts';
import { okhttpVersion, type PinnerCalls, pinnerCallsFor, sourceOf } from './pin-sets.ts';

export interface Compared {
  /** How many answers were compared. */
  readonly comparisons: number;
  /** Names of the differences that explain disagreements. */
  readonly explained: readonly string[];
  /** One sentence per disagreement that nothing explains. */
  readonly disagreements: readonly string[];
}

export interface CompareOptions {
  readonly clients: Clients;
  /** Where certificates are written, and left. */
  readonly folder: string;
  /** Pins every key alone, not only the leaf's and the topmost. */
  readonly everyPin: boolean;
  /** How many pin sets in OkHttp's source are compared for each chain. */
  readonly sets: number;
}

const timeoutMs = 8_000;

/** A pin that matches no certificate. */
const nobodys: Pin = `sha256/${Buffer.alloc(32, 1).toString('base64')}`;

export async function compare(
  one: Case,
  { clients, folder, everyPin, sets }: CompareOptions,
): Promise<Compared> {
  const { host = defaultHost, chains, anchors, also = [], server: more } = one.make();
  const file = async (name: string, certificates: readonly Issued[]): Promise<string> => {
    const path = join(folder, `${one.name}-${name}.pem`);
    await writeFile(path, pemChain(certificates));
    return path;
  };
  const anchorFile = await file('anchors', anchors);
  const paths = new Map<string, PathsAnswer>();
  for (const [index, chain] of chains.entries()) {
    const chainFile = await file(`chain-${index}`, chain);
    paths.set(fingerprint(chain[0]), await clients.paths(host, chainFile, anchorFile));
  }
  const server = await startTlsServer({ chains, ...more });
  try {
    const domain: Domain = {
      ...{ host, port: server.port, pins: [], connect: ['127.0.0.1'] },
      ...{ ca: pemChain(anchors), keyTypes, platforms: [] },
    };
    const observations = await composeCheck(readFile).observe(domain, timeoutMs);
    const comparisons: Comparison[] = [];
    for (const pins of pinSets([...chains.flat(), ...anchors, ...also], everyPin)) {
      const { check } = judged({ ...domain, pins }, observations, Date.now());
      comparisons.push(...againstPaths(check, pins, paths), warning(check, pins, paths));
      const calls = pins.length === 0 ? [] : [{ pattern: host, pins }];
      const okhttp = await clients.connect({ host, port: server.port, anchors: anchorFile, calls });
      comparisons.push(againstOkHttp(check, pins, paths, okhttp, anchors.map(fingerprint)));
    }
    const keys = [...new Set([...chains.flat(), ...anchors, ...also].map(({ pin }) => pin))];
    for (const [index, calls] of pinnerCallsFor(host, keys, seedOf(one.name), sets).entries()) {
      const read = readPins(sourceOf(calls, index % 2 === 0 ? 'kotlin' : 'java'), { okhttp: okhttpVersion });
      const asked = await clients.pinned(host, calls);
      const pinSets = appliedTo(host, read);
      comparisons.push(againstPinner(calls, pinSets, asked));
      if (pinSets === null || asked.pins === null) continue;
      const okhttp = await clients.connect({ host, port: server.port, anchors: anchorFile, calls });
      const { check } = judged({ ...domain, pinSets }, observations, Date.now());
      comparisons.push(againstOkHttp(check, asked.pins as Pin[], paths, okhttp, anchors.map(fingerprint)));
    }
    return tally(one.name, comparisons);
  } finally {
    await server.close();
  }
}

/** null if they agree; else the disagreement, and the difference that explains it. */
interface Comparison {
  readonly disagreement: string | null;
  readonly explainedBy: string | null;
}

const agreement: Comparison = { disagreement: null, explainedBy: null };

function tally(name: string, comparisons: readonly Comparison[]): Compared {
  return {
    comparisons: comparisons.length,
    explained: comparisons.flatMap(({ explainedBy }) => explainedBy ?? []),
    disagreements: comparisons.flatMap(({ disagreement, explainedBy }) =>
      disagreement === null || explainedBy !== null ? [] : [`${name}: ${disagreement}`],
    ),
  };
}

/** null: the source is refused. */
function appliedTo(host: string, read: ReadPinText): AppliedSet[] | null {
  if (!read.ok) return null;
  return read.sets.flatMap((rules) => applySet({ ...imported, ...rules }, host) ?? []);
}

/** Both refuse the calls, or take the same pins for the host. */
function againstPinner(
  calls: PinnerCalls,
  pinSets: readonly AppliedSet[] | null,
  { pins, error }: Awaited<ReturnType<Clients['pinned']>>,
): Comparison {
  const lists = pinSets?.flatMap(({ rules }) => rules.flatMap(({ allOf }) => allOf));
  const ours = lists?.flatMap(({ anyOf }) => anyOf);
  const sorted = (some: readonly string[] | null | undefined) =>
    [...new Set(some ?? ['refused'])].sort().join(' ');
  if (sorted(ours) === sorted(pins)) return agreement;
  const disagreement = `${JSON.stringify(calls)}: pinwatch reads ${sorted(ours)}, OkHttp ${sorted(pins)} ${error}`;
  return { disagreement, explainedBy: null };
}

/** The pins differ from case to case, but not from run to run. */
function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE();
}

const imported = { name: 'app', source: 'imported', format: 'okhttp', note: '', by: '', at: '' } as const;

/** Each key alone, no pin, and a pin that matches nothing. */
function pinSets(certificates: readonly Issued[], everyPin: boolean): (readonly Pin[])[] {
  const all = [...new Set(certificates.map(({ pin }) => pin))];
  const [first, last] = [all[0], all.at(-1)];
  const alone = everyPin ? all : [...new Set([first, last])].filter((pin) => pin !== undefined);
  return [...alone.map((pin) => [pin]), [], ...(everyPin ? [[nobodys]] : [])];
}

/** Compares an endpoint with the valid paths of its chain; the first one counts. */
function againstPaths(
  check: Check,
  pins: readonly Pin[],
  answers: ReadonlyMap<string, PathsAnswer>,
): Comparison[] {
  return check.endpoints.flatMap((endpoint) => {
    const answer = answers.get(leafOf(endpoint));
    const ours = connects(endpoint);
    if (answer === undefined || ours === null) return [];
    const theirs = byFirstPath(answer, pins);
    if (ours === theirs) return [agreement];
    const disagreement = `${described(check, endpoint, pins)}, by the valid paths it is ${theirs}`;
    return [{ disagreement, explainedBy: null }];
  });
}

/** `path_ambiguous` is right if and only if another valid path of a chain that was seen gives another verdict. */
function warning(check: Check, pins: readonly Pin[], answers: ReadonlyMap<string, PathsAnswer>): Comparison {
  const warns = check.findings.some(({ code }) => code === 'path_ambiguous');
  const seen = check.endpoints.flatMap((endpoint) => answers.get(leafOf(endpoint)) ?? []);
  const wanted = seen.some((answer) => isAmbiguous(answer, pins));
  if (warns === wanted) return agreement;
  const disagreement = `${described(check, check.endpoints[0], pins)}, and its paths are ${wanted ? '' : 'not '}ambiguous`;
  return { disagreement, explainedBy: null };
}

function isAmbiguous({ paths }: PathsAnswer, pins: readonly Pin[]): boolean {
  return paths.some((path) => isPinned(path, pins) !== isPinned(paths[0] ?? [], pins));
}

/** Compares OkHttp with the endpoint whose chain it received; if it received none, with all. */
function againstOkHttp(
  check: Check,
  pins: readonly Pin[],
  answers: ReadonlyMap<string, PathsAnswer>,
  okhttp: Awaited<ReturnType<Clients['connect']>>,
  anchors: readonly string[],
): Comparison {
  const theirs = okhttp.stage === 'ok';
  const met = check.endpoints.filter((endpoint) => okhttp.leaf === null || leafOf(endpoint) === okhttp.leaf);
  const ours = met.some((endpoint) => connects(endpoint) === true);
  if (ours === theirs) return agreement;
  const [endpoint] = met;
  const { stage, error, leaf } = okhttp;
  const disagreement = `${described(check, endpoint, pins)}, OkHttp ends with ${stage} ${error}`;
  const paths = answers.get(leaf ?? '');
  if (paths === undefined || byFirstPath(paths, pins) !== ours) return { disagreement, explainedBy: null };
  const facts = {
    ...{ okhttp, paths, connects: ours },
    leafIsAnchor: leaf !== null && anchors.includes(leaf),
  };
  return { disagreement, explainedBy: differences.find(({ explains }) => explains(facts))?.name ?? null };
}

/** null if pinwatch could not determine it. */
function connects({ verdict, trusted }: CheckedEndpoint): boolean | null {
  if (verdict === 'inconclusive') return null;
  return trusted && verdict !== 'mismatch';
}

function byFirstPath({ hostFits, paths: [first] }: PathsAnswer, pins: readonly Pin[]): boolean {
  return hostFits && first !== undefined && isPinned(first, pins);
}

function isPinned(path: readonly Pin[], pins: readonly Pin[]): boolean {
  return pins.length === 0 || path.some((pin) => pins.includes(pin));
}

function described({ findings }: Check, endpoint: CheckedEndpoint | undefined, pins: readonly Pin[]): string {
  const place = endpoint === undefined ? 'no endpoint' : endpoint.keyType;
  const says =
    endpoint === undefined ? 'nothing' : `${connects(endpoint)} (${endpoint.trustError ?? endpoint.verdict})`;
  const told = findings.map(({ code }) => code).join(', ') || 'no finding';
  return `${place}, pins ${pins.join(' ') || 'none'}: pinwatch says ${says}, ${told}`;
}

function leafOf({ presented }: CheckedEndpoint): string {
  return presented[0]?.certificateSha256 ?? '';
}

function fingerprint(certificate: Issued | undefined): string {
  return createHash('sha256')
    .update(certificate?.der ?? Buffer.alloc(0))
    .digest('hex');
}
