import type { Command } from 'commander';
import type { Check } from '../../core/check.ts';
import { checkTable } from '../check-table.ts';
import { row } from '../layout.ts';
import { table } from '../table.ts';
import type { AuditAnswer, IncidentAnswer } from './answers.ts';
import { at } from './client.ts';
import { readCount } from './count.ts';
import {
  ago,
  type CommonOptions,
  carryOut,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

type IncidentWithCheck = IncidentAnswer & { readonly check: Check | null };

export function addIncidentCommands(pinwatch: Command, remote: Remote): void {
  const incidents = group(pinwatch, 'incident', 'open incidents of an account');
  const { output, clock } = remote;

  remoteCommand(incidents, 'list <account>', 'open incidents, the longest open first', [
    'incident list acme',
  ]).action((text: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) => {
      const { body } = await client.get<{ incidents: readonly IncidentAnswer[] }>(
        at`/accounts/${account}/incidents`,
      );
      return present(remote, options, body, (answer) => listText(answer.incidents, clock(), output.colour));
    });
  });

  remoteCommand(
    incidents,
    'show <account> <incident>',
    'one open incident, with the last check of its domain',
    ['incident show acme 5f0c2a'],
  ).action((text: string, incident: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) => {
      const { body } = await client.get<IncidentWithCheck>(at`/accounts/${account}/incidents/${incident}`);
      return present(remote, options, body, (answer) => {
        const check = answer.check === null ? '' : `\n${checkTable(answer.check, clock(), output.colour)}`;
        return `${incidentText(answer)}${check}`;
      });
    });
  });

  remoteCommand(incidents, 'acknowledge <account> <incident>', 'send no reminders until its facts change', [
    'incident acknowledge acme 5f0c2a --note "certificate is on its way"',
  ])
    .requiredOption('--note <text>', 'who does what about it')
    .action((text: string, incident: string, options: CommonOptions & { note: string }) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const path = at`/accounts/${account}/incidents/${incident}/acknowledge`;
        const { body } = await client.send<IncidentAnswer>('POST', path, { body: { note: options.note } });
        return present(remote, options, body, incidentText);
      });
    });
}

export function addAuditCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'audit [account]', 'who changed what: of an account, or of accounts and tokens', [
    'audit acme',
    'audit --limit 20 --json',
  ])
    .option('--limit <count>', 'at most so many, the latest first', '100')
    .action((text: string | undefined, options: CommonOptions & { limit: string }) => {
      const account = text === undefined ? undefined : readAccount(text);
      const limit = readCount('--limit', options.limit, 1_000);
      return carryOut(remote, account === undefined ? {} : { account }, async (client) => {
        const path = account === undefined ? '/audit' : at`/accounts/${account}/audit`;
        const { body } = await client.get<{ audit: readonly AuditAnswer[] }>(path, { query: { limit } });
        return present(remote, options, body, (answer) => auditText(answer.audit));
      });
    });
}

function listText(incidents: readonly IncidentAnswer[], now: number, colour: boolean): string {
  if (incidents.length === 0) return 'no open incidents\n';
  const rows = incidents.map(({ incident, domain, kind, severity, since, acknowledged }) => [
    incident,
    domain,
    { text: kind, style: severity === 'critical' ? 'red' : 'yellow' } as const,
    ago(since, now),
    acknowledged === null ? '' : `acknowledged by ${acknowledged.by}`,
  ]);
  return table(['incident', 'domain', 'kind', 'since', ''], rows, colour);
}

function incidentText({
  incident,
  domain,
  kind,
  severity,
  since,
  lastToldAt,
  acknowledged,
}: IncidentAnswer): string {
  return [
    ...row('incident', incident),
    ...row('domain', domain),
    ...row('kind', `${kind} (${severity})`),
    ...row('since', since),
    ...row('told', lastToldAt ?? 'not yet'),
    ...(acknowledged === null
      ? []
      : row('', `acknowledged by ${acknowledged.by} at ${acknowledged.at}: ${acknowledged.note}`)),
    '',
  ].join('\n');
}

/** Two lines each: a change may name several pins. */
function auditText(entries: readonly AuditAnswer[]): string {
  if (entries.length === 0) return 'no changes\n';
  return entries
    .flatMap(({ at: when, by, from, action, target, detail }) => [
      `${when}  ${action}  ${target}`,
      ...row('', `by ${by}${from === null ? '' : ` from ${from}`}${detail === '' ? '' : `: ${detail}`}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
