/** `pinwatch check` of several hosts: an overview, then in full what is not well; with `--json`, a line for each. */
import { appsConnect } from '../core/apps-connect.ts';
import { rfc3339 } from '../core/clock.ts';
import { type Domain, domainName } from '../core/domain.ts';
import { plural } from '../core/plural.ts';
import type { Judgement } from '../core/verdict.ts';
import { statusOf } from './check-status.ts';
import { answers, checkTable } from './check-table.ts';
import { type Output, progressOf } from './output.ts';
import { pooled } from './pool.ts';
import { privateRootHint } from './private-root-hint.ts';
import { table } from './table.ts';
import { exitStatus, gravestStatus } from './usage.ts';

/** Hosts that are probed at a time. Each may have 64 addresses with three key types. */
const width = 16;

/** Returns the exit status of the worst. */
export async function checkSeveral(
  domains: readonly Domain[],
  work: (domain: Domain) => Promise<Judgement>,
  options: { readonly json?: boolean; readonly quiet?: boolean },
  output: Output,
  clock: () => number,
): Promise<number> {
  const progress = progressOf(output, options, `probing ${plural(domains.length, 'host')}`);
  const ended = new Map<number, Judgement>();
  let written = 0;
  /** A line as soon as it and all before it are known, so that the next program can begin. */
  const writeLines = () => {
    for (let next = ended.get(written); next !== undefined; next = ended.get(written)) {
      output.stdout(`${JSON.stringify(next.check)}\n`);
      written += 1;
    }
  };
  progress.step(0, domains.length);
  const judgements = await pooled([...domains.entries()], width, async ([index, domain]) => {
    const judgement = await work(domain);
    ended.set(index, judgement);
    progress.step(ended.size, domains.length);
    if (options.json && !options.quiet) writeLines();
    return judgement;
  }).finally(() => progress.end());
  if (!options.json && !options.quiet) {
    const hint = privateRootHint(
      judgements.map(({ check }) => check),
      domains.some(({ ca }) => ca !== undefined),
    );
    output.stdout(`${overview(judgements, clock(), output.colour)}${hint}`);
  }
  return gravestStatus(new Set(judgements.map(({ check }) => statusOf(check))));
}

function overview(judgements: readonly Judgement[], now: number, colour: boolean): string {
  const rows = judgements.map(({ check, earliestNotAfter }) => {
    const [text, style] = answers[appsConnect(check)];
    const end = earliestNotAfter === null ? '' : rfc3339(earliestNotAfter).slice(0, 10);
    const codes = check.findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
    return [{ text, style }, domainName(check), check.verdict, end, codes.join(', ')];
  });
  const checks = judgements.map(({ check }) => check);
  const counted = (status: number) => checks.filter((check) => statusOf(check) === status).length;
  const total = [
    `${plural(checks.length, 'host')}: ${counted(exitStatus.ok)} OK`,
    `${counted(exitStatus.appsFail)} FAIL`,
    `${counted(exitStatus.undetermined)} UNKNOWN`,
  ].join(', ');
  return [
    table(['answer', 'host', 'verdict', 'expires', 'findings'], rows, colour),
    ...checks
      .filter((check) => statusOf(check) !== exitStatus.ok)
      .map((check) => checkTable(check, now, colour)),
    `${total}\n`,
  ].join('\n');
}
