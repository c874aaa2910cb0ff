/** Fetches a URL as an app would, and compares what it gets with what should be there. */
import { verifyBundle } from '../../../verify/typescript/src/bundle.ts';
import type { LookedUrl } from '../../core/config-advance.ts';
import { isNewer, type Published, type ServedTuple } from '../../core/config-state.ts';
import { undatedPayload } from '../../core/configuration-payload.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { UrlProblem } from '../../core/url-problem.ts';
import type { PublishPorts } from './ports.ts';

/** The body of an answer with status 200, without redirects, of at most 256 KB. */
export type FetchBundle = (url: string) => Promise<Parsed<Uint8Array>>;

export interface LookPorts extends Pick<PublishPorts, 'subtle' | 'digest'> {
  readonly fetchBundle: FetchBundle;
}

/** A text that apps accept, and what it says. */
export interface VerifiedText {
  readonly text: string;
  readonly found: ServedTuple;
  /** SHA-256 of its payload without dates and devices, hex. */
  readonly digest: string;
  /** Hashes of the devices that it leaves unpinned. */
  readonly devices: readonly string[];
}

export interface Wanted {
  readonly channel: string;
  readonly roots: readonly Uint8Array[];
  /** What this process serves. */
  readonly text: string;
  /** The text that was verified last: nearly every look finds the same. */
  readonly verified: VerifiedText | null;
  /** Called after the answer: it may have been replaced meanwhile. */
  readonly expected: () => ServedTuple;
  readonly published: Pick<Published, 'version' | 'digest'> | null;
  /** Hashes of the devices that may be unpinned; null: they are named where it is signed. */
  readonly devices: readonly string[] | null;
}

/** Of what a URL has answered. */
const mostDetail = 500;

export async function lookAtUrl(
  url: string,
  wanted: Wanted,
  ports: LookPorts,
): Promise<{ readonly looked: LookedUrl; readonly verified: VerifiedText | null }> {
  const body = await ports.fetchBundle(url);
  const said = (problem: UrlProblem, code: string, detail: string, found: ServedTuple | null = null) => ({
    ...{ url, problem, code, detail: detail.slice(0, mostDetail), found },
  });
  if (!body.ok) return { looked: said('unreachable', 'unreachable', body.problem), verified: null };
  const answer = await verify(body.value, wanted, ports);
  if ('outcome' in answer) {
    const { outcome, detail } = answer;
    return { looked: said('invalid', outcome, `${outcome}: ${detail}`), verified: null };
  }
  const { found } = answer;
  const should = wanted.expected();
  if (isNewer(should, found)) {
    return { looked: said('outdated', 'outdated', olderText(should, found), found), verified: answer };
  }
  const { published } = wanted;
  const { devices } = wanted;
  const isOther =
    published !== null &&
    found.version === published.version &&
    (answer.digest !== published.digest || answer.devices.some((one) => devices?.includes(one) === false));
  // A stolen signing key makes texts that apps accept.
  if (isNewer(found, should) || isOther) {
    const detail = `version ${found.version} of generation ${found.generation} is signed with a key of the account, but was not published here`;
    return { looked: said('invalid', 'not_published', detail, found), verified: answer };
  }
  return { looked: { url, problem: null, code: '', detail: '', found }, verified: answer };
}

async function verify(
  bytes: Uint8Array,
  { channel, roots, text: served, verified }: Wanted,
  { subtle, digest }: LookPorts,
): Promise<VerifiedText | { readonly outcome: string; readonly detail: string }> {
  const text = new TextDecoder().decode(bytes);
  if (verified !== null && verified.text === text) return verified;
  const answer = await verifyBundle(bytes, { roots, audience: channel }, null, subtle);
  if (answer.bundle === null) return answer;
  const { held, configuration } = answer.bundle;
  const { generation, version } = held;
  const { issuedAt, expiresAt } = configuration;
  return {
    // Not a second copy of what is in memory anyway.
    text: text === served ? served : text,
    found: { generation, version, issuedAt, expiresAt },
    digest: digest(undatedPayload({ ...configuration, devices: [] })),
    devices: configuration.devices.map(({ hash }) => hash),
  };
}

function olderText(should: ServedTuple, found: ServedTuple): string {
  const isSame = found.version === should.version && found.generation === should.generation;
  const detail = `expected version ${should.version} of generation ${should.generation}, found ${found.version} of ${found.generation}`;
  return isSame ? `${detail}, signed earlier` : detail;
}
