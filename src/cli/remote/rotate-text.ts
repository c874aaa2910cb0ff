/** Rotations as people read them. */
import { plural } from '../../core/plural.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { labelled, type Paint, painter, row, type Style } from '../layout.ts';
import { table } from '../table.ts';
import { ago } from './remote.ts';

export type Rotation = AnswerOf<'showRotation'>;
type Summary = AnswerOf<'listRotations'>['rotations'][number];
type State = Rotation['steps'][number]['state'];

const marks: { readonly [state in State]: string } = { done: 'x', now: '>', later: ' ', skipped: '-' };
const styles: { readonly [state in State]: Style } = {
  done: 'green',
  now: 'bold',
  later: 'dim',
  skipped: 'dim',
};

export function rotationText(rotation: Rotation, now: number, colour: boolean): string {
  const { domains, keyTypes, pin, retires, subject, startedAt, startedBy, note, ended } = rotation;
  const paint = painter(colour);
  const lines = [
    ...labelled(paint, 'bold', 'rotation', `${domains.join(', ')} (${keyTypes.join(' and ')})`),
    ...row('new key', subject === null ? pin : `${pin} ${subject}`),
    ...retires.flatMap((old, index) => row(index === 0 ? 'old key' : '', old)),
    ...row('started', `${ago(startedAt, now)} by ${startedBy}${note === '' ? '' : `: ${note}`}`),
    ...certificateRow(rotation),
    '',
    ...rotation.steps.flatMap(({ step, state, detail }) =>
      labelled(paint, styles[state], `${marks[state]} ${step}`, detail),
    ),
    ...alarmLines(rotation, paint),
    ...rotation.obstacles
      .filter(({ message }) => !rotation.steps.some(({ detail }) => detail.includes(message)))
      .flatMap(({ message }) => labelled(paint, 'red', 'against', message)),
    ...(ended === null ? [] : ['', ...endRow(ended, now), ...summaryRows(rotation)]),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** The last step that is done, and what is wrong. */
export function doneText(rotation: Rotation, colour: boolean): string {
  const paint = painter(colour);
  const last = rotation.steps.findLast(({ state }) => state === 'done');
  const lines = [
    '',
    ...(last === undefined ? [] : labelled(paint, styles.done, `${marks.done} ${last.step}`, last.detail)),
    ...alarmLines(rotation, paint),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function alarmLines({ alarms }: Rotation, paint: Paint): string[] {
  return alarms.flatMap(({ severity, message }) =>
    severity === 'critical'
      ? labelled(paint, 'red', 'ALARM', message)
      : labelled(paint, 'yellow', 'warning', message),
  );
}

function certificateRow({ certificate }: Rotation): string[] {
  if (certificate === null) return [];
  const { subject, issuer, notAfter, by } = certificate;
  return row('checked', `${subject} by ${issuer}, until ${notAfter}; checked by ${by}`);
}

function endRow({ how, by, at, note }: NonNullable<Rotation['ended']>, now: number): string[] {
  return row(how, `${ago(at, now)} by ${by}${note === '' ? '' : `: ${note}`}`);
}

function summaryRows({ ended, startedAt, endpointCount, domains }: Rotation): string[] {
  if (ended?.how !== 'finished') return [];
  const took = ago(startedAt, Date.parse(ended.at)).replace(/ ago$/, '');
  const where = `${plural(endpointCount, 'endpoint')} of ${plural(domains.length, 'domain')}`;
  return row('', `${where}, in ${took}. The old private key is no longer needed for this.`);
}

/** What comes next, why, and the commands for it. */
export function nextText({ next }: Rotation, commands: readonly string[], colour: boolean): string {
  if (next === null) return '';
  const lines = [
    '',
    ...labelled(painter(colour), 'bold', 'next', next),
    ...commands.map((command) => `${''.padEnd(10)}${command}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function listText(rotations: readonly Summary[], now: number, colour: boolean): string {
  if (rotations.length === 0) return 'no rotations\n';
  const rows = rotations.map(({ domains, keyTypes, startedAt, startedBy, ended }) => [
    domains.length > 3
      ? `${domains.slice(0, 3).join(', ')} and ${domains.length - 3} more`
      : domains.join(', '),
    keyTypes.join(', '),
    `${ago(startedAt, now)} by ${startedBy}`,
    ended === null
      ? ({ text: 'in progress', style: 'bold' } as const)
      : `${ended.how} ${ago(ended.at, now)} by ${ended.by}`,
  ]);
  return table(['domains', 'key', 'started', ''], rows, colour);
}

export function nothingText(account: string, domain: string, last: Summary | null, now: number): string {
  const lines = [
    ...row('rotation', `no rotation of ${domain} is in progress`),
    ...(last?.ended ? endRow(last.ended, now) : []),
    '',
    ...row('to start', 'with a new key, made here:'),
    ...row('', `pinwatch rotate ${account} ${domain} --new-key`),
    ...row('', 'with a key that exists, by its request, public key or certificate:'),
    ...row('', `pinwatch rotate ${account} ${domain} --csr FILE`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function certificateText(
  { certificate, problems, right, mayDeploy, rotation }: AnswerOf<'checkRotationCertificate'>,
  command: string,
  colour: boolean,
): string {
  const paint = painter(colour);
  const { subject, issuer, key, notAfter, pin } = certificate;
  const verdict = !right
    ? labelled(paint, 'red', 'wrong', 'Do not deploy it: apps would fail.')
    : mayDeploy
      ? labelled(paint, 'green', 'right', 'Deploy it now, on every server. Then follow it:')
      : labelled(
          paint,
          'yellow',
          'too early',
          `It is right, but do not deploy it yet. ${rotation.next ?? ''}`,
        );
  const lines = [
    ...row('leaf', subject),
    `${''.padEnd(10)}${pin}`,
    ...row('', `${key}, by ${issuer}, until ${notAfter}`),
    ...problems.flatMap(({ domain, severity, message, code }) =>
      labelled(
        paint,
        severity === 'critical' ? 'red' : 'yellow',
        severity === 'critical' ? 'problem' : 'warning',
        `${domain === null ? '' : `${domain}: `}${message} (${code})`,
      ),
    ),
    ...verdict,
    ...(mayDeploy ? row('', `${command} --wait 30m`) : right ? row('', command) : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function abortedText({ undone, left }: AnswerOf<'abortRotation'>): string {
  const lines = [
    'The rotation is aborted.',
    ...undone.flatMap((text) => row('undone', text)),
    ...left.flatMap((text) => row('left', text)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
