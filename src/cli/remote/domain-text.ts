/** Domains as people read them. */
import type { Check, Verdict } from '../../core/check.ts';
import { domainSettings, settingNames, settingText } from '../../core/domain-settings.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { checkTable } from '../check-table.ts';
import { painter, row, type Style } from '../layout.ts';
import { type Cell, table } from '../table.ts';
import { ago } from './remote.ts';

const styles: Readonly<Record<Verdict, Style>> = {
  match: 'green',
  mismatch: 'red',
  inconclusive: 'yellow',
  unpinned: 'yellow',
};

export function verdictCell(verdict: Verdict | null): Cell {
  return { text: verdict ?? 'not probed', style: verdict === null ? 'dim' : (styles[verdict] ?? 'dim') };
}

/** What is wrong with a domain that is being added. A missing backup pin has a message of its own, with advice. */
export function troubles({ findings }: Check): string[] {
  return findings.flatMap(({ code, severity, message }) => {
    if (severity === 'critical') return [`apps fail: ${message}`];
    return severity === 'warning' && code !== 'no_backup_pin' ? [message] : [];
  });
}

type Listed = AnswerOf<'listDomains'>['domains'][number] & { readonly account: string };

export function listText(
  domains: readonly Listed[],
  ofSeveral: boolean,
  now: number,
  colour: boolean,
): string {
  if (domains.length === 0) return 'no domains\n';
  const rows = domains.map(
    ({
      account,
      name,
      verdict,
      pins,
      open,
      lastProbeAt,
      expiresAt,
      mutedUntil,
      provisionedBy,
      unreadable,
    }) => [
      ...(ofSeveral ? [account] : []),
      name,
      verdictCell(verdict),
      String(pins),
      ago(lastProbeAt, now),
      expiresAt === null ? '' : ago(expiresAt, now),
      [
        ...open,
        ...(isMuted(mutedUntil, now) ? [`muted until ${mutedUntil}`] : []),
        ...(provisionedBy === null ? [] : ['from file']),
        ...(unreadable ? ['unreadable: remove it, then add it again'] : []),
      ].join(', '),
    ],
  );
  const headings = ['domain', 'verdict', 'pins', 'probed', 'expires', 'open'];
  return table([...(ofSeveral ? ['account'] : []), ...headings], rows, colour);
}

export function domainText(domain: AnswerOf<'showDomain'>, now: number, colour: boolean): string {
  const { provisionedBy, mutedUntil, lastProbeAt, incidents, check } = domain;
  const head = [
    ...row('domain', domain.name),
    ...row('probed', `${ago(lastProbeAt, now)}${lastProbeAt === null ? '' : ` (${lastProbeAt})`}`),
    ...settingNames.flatMap((name) => {
      const value = domain[name];
      if (value === null) return [];
      return row(domainSettings[name].label, settingText(value, 'its own instead of the trust store'));
    }),
    ...(provisionedBy === null ? [] : row('from', `the file ${provisionedBy}; change it there`)),
    ...(isMuted(mutedUntil, now) ? row('muted', `until ${mutedUntil}`) : []),
    ...incidents.flatMap(({ incident, kind, severity, since, acknowledged }) => [
      ...row('open', `${kind} (${severity}) since ${since}, incident ${incident}`),
      ...(acknowledged === null ? [] : row('', `acknowledged by ${acknowledged.by}: ${acknowledged.note}`)),
    ]),
  ].join('\n');
  const seen = check === null ? '' : `\nThe last probe:\n${checkTable(check, now, colour)}`;
  return `${head}\n\n${pinsText(domain.pins, colour)}${seen}`;
}

export function pinsText(pins: AnswerOf<'listPins'>['pins'], colour: boolean): string {
  if (pins.length === 0) return 'no pins: only trust and expiry are watched\n';
  const paint = painter(colour);
  return pins
    .flatMap(({ pin, seen, note, by, at }) => {
      const state = seen === null ? 'unknown' : seen ? paint('green', 'in use') : paint('dim', 'not in use');
      const who = by === null ? '' : `${by}, ${(at ?? '').slice(0, 10)}`;
      const why = [who, note ?? ''].filter((text) => text !== '').join(': ');
      return [`${pin}  ${state}`, ...(why === '' ? [] : row('', why))];
    })
    .map((line) => `${line}\n`)
    .join('');
}

export function historyText(history: AnswerOf<'showDomain'>['history'], colour: boolean): string {
  if (history.length === 0) return 'no incidents\n';
  const rows = history.map(({ at, kind, transition, severity, codes }) => [
    at,
    {
      text: transition,
      style: transition === 'closed' ? 'green' : severity === 'critical' ? 'red' : 'yellow',
    } as const,
    kind,
    codes.join(', '),
  ]);
  return table(['when', 'what', 'incident', 'findings'], rows, colour);
}

export function isMuted(until: string | null, now: number): boolean {
  return until !== null && Date.parse(until) > now;
}
