/**
 * Requests with rejected credentials: who sends them, how long each has to wait for its answer, and what is reported of
 * them. A valid token is answered at once, whatever else its source sends: a proxy's clients may all be one source.
 */

export interface FailureReport {
  /** Where they came from; null for those beyond the report's limit. */
  readonly source: string | null;
  /** Since the last report of this source. */
  readonly failures: number;
  /** How many sources they came from. */
  readonly sources: number;
}

export interface AuthFailures {
  /** How long the answer has to wait, in milliseconds; null: refused at once, because too many are waiting. */
  refused(source: string, now: number): number | null;
  /** What has not been reported yet, at most `mostLines` lines. To be called once a minute. */
  reports(now: number): readonly FailureReport[];
}

interface Source {
  /** Failures not yet forgiven; one is forgiven each second. */
  debt: number;
  at: number;
  /** When the next answer may be sent. */
  freeAt: number;
  unreported: number;
  /** It sent nothing in the last minute: its next failure is reported at once. */
  quiet: boolean;
}

/** Each waiting answer holds a connection. */
const longestWaitMs = 10_000;
/** Beyond this, the source quiet for longest is dropped: an attacker with many addresses must not fill the memory. */
const mostSources = 10_000;
const mostLines = 20;
const quietMs = 60_000;

/**
 * Not noticeable for a person who mistypes a token, or a page that requests twenty files before it has a password.
 * Beyond that ten a second, and in the end one.
 */
function spacingMs(debt: number): number {
  if (debt <= 100) return 0;
  return debt <= 300 ? 100 : 1_000;
}

/** `report` is called at once for a source that was quiet for a minute, within the lines of that minute. */
export function createAuthFailures(report: (report: FailureReport) => void): AuthFailures {
  const sources = new Map<string, Source>();
  let linesLeft = mostLines;
  const dropped = { failures: 0, sources: 0 };

  function forget(): void {
    for (const [name, { unreported }] of sources) {
      if (sources.size <= mostSources) return;
      sources.delete(name);
      dropped.failures += unreported;
      dropped.sources += unreported > 0 ? 1 : 0;
    }
  }

  return {
    refused(name, now) {
      const source = sources.get(name) ?? { debt: 0, at: now, freeAt: now, unreported: 0, quiet: true };
      source.debt = Math.max(0, source.debt - (now - source.at) / 1_000) + 1;
      source.at = now;
      source.unreported += 1;
      sources.delete(name);
      sources.set(name, source);
      forget();
      if (source.quiet && linesLeft > 0) {
        linesLeft -= 1;
        report({ source: name, failures: source.unreported, sources: 1 });
        source.unreported = 0;
      }
      source.quiet = false;
      const waitMs = Math.max(0, source.freeAt - now);
      if (waitMs > longestWaitMs) return null;
      source.freeAt = Math.max(now, source.freeAt) + spacingMs(source.debt);
      return waitMs;
    },

    reports(now) {
      linesLeft = mostLines;
      const open = [...sources].filter(([, { unreported }]) => unreported > 0);
      open.sort(([, a], [, b]) => b.unreported - a.unreported);
      const told = open.slice(0, mostLines).map(
        ([source, { unreported }]): FailureReport => ({
          source,
          failures: unreported,
          sources: 1,
        }),
      );
      const rest = open.slice(mostLines);
      const failures = rest.reduce((sum, [, { unreported }]) => sum + unreported, dropped.failures);
      const others = { source: null, failures, sources: rest.length + dropped.sources };
      for (const [name, source] of sources) {
        source.quiet = now - source.at > quietMs;
        source.unreported = 0;
        if (source.quiet && now - source.at > source.debt * 1_000) sources.delete(name);
      }
      Object.assign(dropped, { failures: 0, sources: 0 });
      return failures > 0 ? [...told, others] : told;
    },
  };
}

/** What counts as one source: an IPv4 address, or the /64 of an IPv6 address, as every client has 2^64 of those. */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':') || address === '::1') return address;
  const [head = ''] = address.split('::');
  return `${head.split(':').slice(0, 4).join(':')}::/64`;
}
