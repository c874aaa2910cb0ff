/** Fetches each URL as an app would, and compares what it gets with what should be there. */
import { verifyBundle } from '../../../verify/typescript/src/bundle.ts';
import { isNewer } from '../../core/config-state.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { UrlProblem } from '../../core/url-problem.ts';
import type { PublishPorts } from './ports.ts';
import { rootPoints } from './publish-config.ts';
import type { ServedChannels } from './served-channels.ts';

/** The body of an answer with status 200, without redirects, of at most 256 KB. */
export type FetchBundle = (url: string) => Promise<Parsed<Uint8Array>>;

/** Until then an edge may have the last one. */
const spreadMs = 300_000;

export interface UrlWatch {
  /** Whether every URL serves what it should, as of the last look; null: not looked at yet, or there is no URL. */
  isServed(account: string): boolean | null;
  look(): Promise<void>;
}

type Ports = Pick<PublishPorts, 'configStore' | 'subtle' | 'clock' | 'journal'> & {
  readonly channels: Pick<ServedChannels, 'all' | 'get'>;
  readonly fetchBundle: FetchBundle;
};

interface Found {
  readonly problem: UrlProblem;
  readonly detail: string;
}

/** `urls`: without the part that names the channel. */
export function createUrlWatch(urls: readonly string[], ports: Ports): UrlWatch {
  const { channels, configStore, clock, subtle, fetchBundle, journal } = ports;
  /** The problem of each URL. */
  const known = new Map<string, UrlProblem>();
  const served = new Map<string, boolean>();

  async function problemAt(
    url: string,
    channel: string,
    roots: readonly Uint8Array[],
  ): Promise<Found | null> {
    const body = await fetchBundle(url);
    if (!body.ok) return { problem: 'unreachable', detail: body.problem };
    const found = await verifyBundle(body.value, { roots, audience: channel }, null, subtle);
    if (found.bundle === null) return { problem: 'invalid', detail: `${found.outcome}: ${found.detail}` };
    // Read after the answer: it may have been replaced meanwhile.
    const expected = channels.get(channel)?.head;
    const { held, configuration } = found.bundle;
    const now = clock();
    if (expected !== undefined && isNewer(expected, held) && now - expected.issuedAt * 1_000 > spreadMs) {
      const detail = `expected version ${expected.version} of generation ${expected.generation}, found ${held.version} of ${held.generation}`;
      return { problem: 'outdated', detail };
    }
    const { issuedAt, expiresAt } = configuration;
    const left = expiresAt - now / 1_000;
    if (left >= (expiresAt - issuedAt) / 4) return null;
    return {
      problem: 'expiring',
      detail: left > 0 ? `${Math.floor(left)} s are left` : 'apps call it stale',
    };
  }

  async function lookAt(account: string, channel: string): Promise<void> {
    const state = await configStore.state(account);
    if (state === null) return;
    const roots = rootPoints(state.value);
    let isServed = true;
    for (const base of urls) {
      const url = `${base}/c/${channel}`;
      const found = await problemAt(url, channel, roots);
      if (found !== null && found.problem !== 'expiring') isServed = false;
      const before = known.get(url) ?? null;
      if (before === (found?.problem ?? null)) continue;
      if (found === null) known.delete(url);
      else known.set(url, found.problem);
      journal({
        kind: 'config_url',
        account,
        url,
        problem: found?.problem ?? null,
        detail: found?.detail ?? '',
      });
    }
    served.set(account, isServed);
  }

  return {
    isServed: (account) => served.get(account) ?? null,
    async look() {
      if (urls.length === 0) return;
      const waiting = [...channels.all()];
      const work = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          if (next.account !== null) await lookAt(next.account, next.head.channel);
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
    },
  };
}
