import type { Command } from 'commander';
import type { AnswerOf } from '../../wire/exchange.ts';
import { checkTable } from '../check-table.ts';
import { row } from '../layout.ts';
import { table } from '../table.ts';
import { chosenId } from './chosen-id.ts';
import type { Client } from './client.ts';
import { readCount } from './count.ts';
import {
  accountNames,
  ago,
  type CommonOptions,
  carryOut,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

type Answer = AnswerOf<'listIncidents'>;
type OfAccount = { readonly account: string };
interface Listed {
  readonly incidents: (OfAccount & Answer['incidents'][number])[];
  readonly configIncidents: (OfAccount & Answer['configIncidents'][number])[];
  readonly watchIncidents: (OfAccount & Answer['watchIncidents'][number])[];
}
type ConfigReport = Extract<AnswerOf<'showIncident'>, { config: unknown }>['config'];
type BlindReport = Extract<AnswerOf<'showIncident'>, { blind: unknown }>['blind'];

export function addIncidentCommands(pinwatch: Command, remote: Remote): void {
  const incidents = group(pinwatch, 'incident', 'open incidents', [
    'incident list',
    'incident show acme 5f0c2a',
  ]);
  const { output, clock } = remote;

  remoteCommand(
    incidents,
    'list [account]',
    'open incidents of an account, or of all that you may see, longest open first',
    ['incident list acme', 'incident list'],
  ).action((text: string | undefined, options: CommonOptions) => {
    const own = text === undefined ? null : readAccount(text);
    return carryOut(remote, own === null ? {} : { account: own }, async (client) => {
      const found: Listed = { incidents: [], configIncidents: [], watchIncidents: [] };
      for (const account of own === null ? await accountNames(client) : [own]) {
        const { body } = await client.call('listIncidents', { params: { account } });
        found.incidents.push(...body.incidents.map((one) => ({ account, ...one })));
        found.configIncidents.push(...body.configIncidents.map((one) => ({ account, ...one })));
        found.watchIncidents.push(...body.watchIncidents.map((one) => ({ account, ...one })));
      }
      return present(remote, options, found, (answer) =>
        listText(answer, own === null, clock(), output.colour),
      );
    });
  });

  remoteCommand(
    incidents,
    'show <account> <incident>',
    'one open incident, with the last check of what it is about; the start of its id is enough',
    ['incident show acme 5f0c2a'],
  ).action((text: string, id: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) => {
      const incident = await openIncident(client, account, id);
      const { body } = await client.call('showIncident', { params: { account, incident } });
      return present(remote, options, body, (answer) => {
        if ('config' in answer) return `${incidentText(answer)}${reportText(answer.config)}`;
        if ('blind' in answer) return `${incidentText(answer)}${blindText(answer.blind)}`;
        const check = answer.check === null ? '' : `\n${checkTable(answer.check, clock(), output.colour)}`;
        return `${incidentText(answer)}${check}`;
      });
    });
  });

  remoteCommand(incidents, 'acknowledge <account> <incident>', 'send no reminders until the facts change', [
    'incident acknowledge acme 5f0c2a --note "certificate is on its way"',
  ])
    .requiredOption('--note <text>', 'who is doing what about it')
    .action((text: string, id: string, options: CommonOptions & { note: string }) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const incident = await openIncident(client, account, id);
        const request = { params: { account, incident }, body: { note: options.note } };
        const { body } = await client.call('acknowledgeIncident', request);
        return present(remote, options, body, incidentText);
      });
    });
}

/** The whole id of an open incident, from the start of it. */
async function openIncident(client: Client, account: string, text: string): Promise<string> {
  const { body } = await client.call('listIncidents', { params: { account } });
  const candidates = [
    ...body.incidents.map((one) => ({ id: one.incident, about: `${one.domain} ${one.kind}` })),
    ...body.configIncidents.map((one) => ({ id: one.incident, about: `signed configuration ${one.kind}` })),
    ...body.watchIncidents.map((one) => ({ id: one.incident, about: `pinwatch itself ${one.kind}` })),
  ];
  return chosenId('open incident', candidates, text).id;
}

export function addAuditCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'audit [account]', 'who changed what: in one account, or to accounts and tokens', [
    'audit acme',
    'audit --limit 20 --json',
  ])
    .option('--limit <count>', 'at most this many, newest first', '100')
    .action((text: string | undefined, options: CommonOptions & { limit: string }) => {
      const account = text === undefined ? undefined : readAccount(text);
      const limit = readCount('--limit', options.limit, 1_000);
      return carryOut(remote, account === undefined ? {} : { account }, async (client) => {
        const query = { limit };
        const { body } =
          account === undefined
            ? await client.call('listAudit', { query })
            : await client.call('listAccountAudit', { params: { account }, query });
        return present(remote, options, body, (answer) => auditText(answer.audit));
      });
    });
}

function listText(
  { incidents, configIncidents, watchIncidents }: Listed,
  ofSeveral: boolean,
  now: number,
  colour: boolean,
): string {
  const all = [
    ...incidents,
    ...configIncidents.map((one) => ({ ...one, domain: 'signed configuration' })),
    ...watchIncidents.map((one) => ({ ...one, domain: 'pinwatch itself' })),
  ].sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
  if (all.length === 0) return 'no open incidents\n';
  const rows = all.map(({ account, incident, domain, kind, severity, since, acknowledged }) => [
    ...(ofSeveral ? [account] : []),
    incident,
    domain,
    { text: kind, style: severity === 'critical' ? 'red' : 'yellow' } as const,
    severity,
    ago(since, now),
    acknowledged === null ? '' : `acknowledged by ${acknowledged.by}`,
  ]);
  const headings = ['incident', 'domain', 'kind', 'severity', 'since', 'note'];
  return table([...(ofSeveral ? ['account'] : []), ...headings], rows, colour);
}

function incidentText(shown: AnswerOf<'acknowledgeIncident'>): string {
  const { incident, kind, severity, since, lastToldAt, acknowledged } = shown;
  return [
    ...row('incident', incident),
    ...('domain' in shown ? row('domain', shown.domain) : row('of', subjectOf(shown.kind))),
    ...row('kind', `${kind} (${severity})`),
    ...row('since', since),
    ...row('told', lastToldAt ?? 'not yet'),
    ...(acknowledged === null
      ? []
      : row('', `acknowledged by ${acknowledged.by} at ${acknowledged.at}: ${acknowledged.note}`)),
    '',
  ].join('\n');
}

function subjectOf(kind: string): string {
  return kind === 'blind' ? 'pinwatch itself' : 'the signed configuration';
}

function blindText(blind: BlindReport): string {
  if (blind === null) return '';
  const { scope, cause, region, domains, seen, lost, examples, failures } = blind;
  return [
    ...row('scope', scope),
    ...row('cause', cause),
    ...(region === undefined ? [] : row('region', region)),
    ...row('domains', `${domains}: ${seen} seen, ${lost} out of sight`),
    ...failures.flatMap(({ code, domains: count }) => row('failure', `${code} on ${count}`)),
    ...examples.flatMap((domain) => row('lost', domain)),
    '',
  ].join('\n');
}

function reportText(config: ConfigReport): string {
  if (config === null) return '';
  const { published, urls, renewalFailure } = config;
  return [
    ...row('published', `version ${published.version} of generation ${published.generation}`),
    ...row('signed', published.issuedAt),
    ...row('expires', published.expiresAt),
    ...(renewalFailure === null ? [] : row('failure', renewalFailure)),
    ...urls.flatMap(({ url, problem, detail }) =>
      row('url', problem === null ? `${url}: as published` : `${url}: ${problem}: ${detail}`),
    ),
    '',
  ].join('\n');
}

/** Two lines per change, which may name several pins. */
function auditText(entries: AnswerOf<'listAudit'>['audit']): string {
  if (entries.length === 0) return 'no changes\n';
  return entries
    .flatMap(({ at: when, by, from, action, target, detail }) => [
      `${when}  ${action}  ${target}`,
      ...row('', `by ${by}${from === null ? '' : ` from ${from}`}${detail === '' ? '' : `: ${detail}`}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
