/** Pin sets as people read them. */
import type { AnswerOf } from '../../wire/exchange.ts';
import { labelled, painter, row } from '../layout.ts';
import { table } from '../table.ts';
import { ago } from './remote.ts';

const mostLines = 20;

export function pinSetListText({ pinSets }: AnswerOf<'listPinSets'>, now: number, colour: boolean): string {
  if (pinSets.length === 0) return 'no pin sets\n';
  const rows = pinSets.map(({ name, appVersion, format, until, enforcing, at, provisionedBy }) => [
    name,
    appVersion ?? '',
    format,
    until ?? '',
    ago(at, now),
    [...(enforcing ? [] : ['only observes']), ...(provisionedBy === null ? [] : ['from file'])].join(', '),
  ]);
  return table(['pin set', 'app', 'format', 'until', 'imported', ''], rows, colour);
}

export function pinSetText({ pinSets, warnings }: AnswerOf<'showPinSet'>, colour: boolean): string {
  const paint = painter(colour);
  const lines = pinSets.flatMap((set) => {
    const { name, appVersion, format, note, by, at, provisionedBy, enforcing, until, trust } = set;
    return [
      ...labelled(paint, 'bold', 'pin set', `${name}${appVersion === null ? '' : ` (${appVersion})`}`),
      ...row('format', `${format}${enforcing ? '' : ', only observes'}`),
      ...(note === '' ? [] : row('note', note)),
      ...row(
        'imported',
        provisionedBy === null ? `by ${by} at ${at}` : `from ${provisionedBy}; change it there`,
      ),
      ...(until === null ? [] : row('until', until)),
      ...(trust === 'none' ? row('trust', 'the app checks its pins alone, and no trust store') : []),
      ...row('hosts', some(set.hosts)),
      ...row('domains', set.domainCount === 0 ? 'none' : some(set.domains, set.domainCount)),
      ...(set.unregistered.length === 0
        ? []
        : row('unwatched', `${some(set.unregistered)}: no registered domain, so nobody watches it`)),
      '',
    ];
  });
  const told = warnings.flatMap(({ line, column, message }) =>
    labelled(paint, 'yellow', 'warning', `line ${line}, column ${column}: ${message}`),
  );
  return `${[...lines, ...told].join('\n').trimEnd()}\n`;
}

function some(items: readonly string[], total = items.length): string {
  const hidden = total - Math.min(items.length, mostLines);
  return `${items.slice(0, mostLines).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`;
}
