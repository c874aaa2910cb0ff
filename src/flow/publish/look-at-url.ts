/** Fetches a URL as an app would, and compares what it gets with what should be there. */
import { type VerifiedBundle, verifyBundle } from '../../../verify/typescript/src/bundle.ts';
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

export interface Wanted {
  readonly channel: string;
  readonly roots: readonly Uint8Array[];
  /** Called after the answer: it may have been replaced meanwhile. */
  readonly expected: () => ServedTuple;
  readonly published: Pick<Published, 'version' | 'digest'> | null;
}

/** Of what a URL has answered. */
const mostDetail = 500;

export async function lookAtUrl(
  url: string,
  { channel, roots, expected, published }: Wanted,
  { fetchBundle, subtle, digest }: LookPorts,
): Promise<LookedUrl> {
  const said = (problem: UrlProblem, code: string, detail: string, found: ServedTuple | null = null) => ({
    ...{ url, problem, code, detail: detail.slice(0, mostDetail), found },
  });
  const body = await fetchBundle(url);
  if (!body.ok) return said('unreachable', 'unreachable', body.problem);
  const answer = await verifyBundle(body.value, { roots, audience: channel }, null, subtle);
  if (answer.bundle === null) return said('invalid', answer.outcome, `${answer.outcome}: ${answer.detail}`);
  const should = expected();
  const found = tupleOf(answer.bundle);
  const shown = `version ${found.version} of generation ${found.generation}`;
  if (isNewer(should, found)) {
    const detail = `expected version ${should.version} of generation ${should.generation}, found ${found.version} of ${found.generation}`;
    const dated = found.version === should.version && found.generation === should.generation;
    return said('outdated', 'outdated', dated ? `${detail}, signed earlier` : detail, found);
  }
  // Whoever has a signing key can make one that apps take.
  const isOther =
    published !== null &&
    found.version === published.version &&
    digest(undatedPayload(answer.bundle.configuration)) !== published.digest;
  if (isNewer(found, should) || isOther) {
    const detail = `${shown} is signed with a key of the account, but was not published here`;
    return said('invalid', 'not_published', detail, found);
  }
  return { url, problem: null, code: '', detail: '', found };
}

function tupleOf({ held, configuration: { issuedAt, expiresAt } }: VerifiedBundle): ServedTuple {
  const { generation, version } = held;
  return { generation, version, issuedAt, expiresAt };
}
