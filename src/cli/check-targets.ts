/** Which hosts `pinwatch check` is asked about: arguments, the lines of a file, and URLs for their host and port. */
import type { Target } from '../core/domain.ts';
import { domainName } from '../core/domain.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseTargetOrUrl, type ToAscii } from '../core/target.ts';
import type { CheckPorts } from './probing-options.ts';
import { orUsageError, UsageError } from './usage.ts';

/** 10,000 hosts and comments. */
export const mostListBytes = 1024 * 1024;
const mostHosts = 10_000;
const mostProblemsShown = 20;

type TargetPorts = Pick<CheckPorts, 'readHosts' | 'toAscii'>;

export interface Targets {
  /** Each only once, in the order given. */
  readonly targets: readonly Target[];
  /** Asked for as several, even if there is one: the output has the form for several. */
  readonly areSeveral: boolean;
}

/** Throws UsageError, with every wrong line of the file. */
export function readTargets(
  hosts: readonly string[],
  file: string | undefined,
  { readHosts, toAscii }: TargetPorts,
): Targets {
  const given = hosts.map((text) => orUsageError('HOST', parseTargetOrUrl(text, toAscii)));
  const listed =
    file === undefined
      ? []
      : orUsageError('--file', targetsIn(file, orUsageError('--file', readHosts(file)), toAscii));
  const targets = [...new Map([...given, ...listed].map((target) => [domainName(target), target])).values()];
  if (targets.length > mostHosts)
    throw new UsageError(`expected at most ${mostHosts} hosts, found ${targets.length}`);
  return { targets, areSeveral: file !== undefined || targets.length > 1 };
}

/** One host or URL a line; empty lines, and lines that begin with #, are skipped. */
function targetsIn(file: string, text: string, toAscii: ToAscii): Parsed<Target[]> {
  const targets: Target[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const target = parseTargetOrUrl(line, toAscii);
    if (target.ok) targets.push(target.value);
    else problems.push(`  line ${index + 1}: ${target.problem}`);
  }
  if (problems.length > mostProblemsShown) {
    problems.splice(
      mostProblemsShown,
      Number.POSITIVE_INFINITY,
      `  and ${problems.length - mostProblemsShown} more`,
    );
  }
  if (problems.length > 0) return refused([quote(file), ...problems].join('\n'));
  return targets.length > 0
    ? parsed(targets)
    : refused(`${quote(file)}: expected a host on each line, found none`);
}
