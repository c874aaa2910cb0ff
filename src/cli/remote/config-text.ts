/** Signed configurations as people read them. */
import { deliveryText } from '../../core/delivery.ts';
import { plural } from '../../core/plural.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { labelled, painter, row } from '../layout.ts';
import { table } from '../table.ts';
import { ago } from './remote.ts';

type Draft = AnswerOf<'showDraft'>;
type Change = Draft['changes'][number];
export type Checked = AnswerOf<'checkConfig'>;
type Version = AnswerOf<'listVersions'>['versions'][number];

export function configText(config: AnswerOf<'showConfig'>, now: number): string {
  const { keys, published, served, field, urls, watch, differs, revoked } = config;
  if (keys === null) {
    return [
      ...row('keys', 'none: certify a signing key with "pinwatch key certify",'),
      ...row('', 'then put its statement into force with "pinwatch config keys"'),
      '',
    ].join('\n');
  }
  return [
    ...row('channel', keys.channel),
    ...row('keys', `generation ${keys.generation}, ${plural(keys.roots.length, 'root')}`),
    ...(published === null ? row('published', 'nothing') : row('published', versionLine(published, now))),
    ...(served === null
      ? row('served', 'nothing')
      : row(
          'served',
          `version ${served.version}, signed ${ago(served.issuedAt, now)}, fresh until ${served.expiresAt}`,
        )),
    ...field.flatMap((version, index) => row(index === 0 ? 'in field' : '', versionLine(version, now))),
    ...urls.flatMap((url, index) => row(index === 0 ? 'fetched' : '', urlLine(url, watch))),
    ...(watch === null ? [] : watch.open.flatMap((kind, index) => row(index === 0 ? 'open' : '', kind))),
    ...revoked.flatMap((pin, index) => row(index === 0 ? 'revoked' : '', pin)),
    ...row('draft', differs ? 'differs: "pinwatch config diff" shows how' : 'the same as published'),
    '',
  ].join('\n');
}

function urlLine(url: string, watch: AnswerOf<'showConfig'>['watch']): string {
  const found = watch?.urls.find((one) => one.url === url);
  if (found === undefined) return `${url} (not looked at yet)`;
  return found.problem === null ? `${url}: as published` : `${url}: ${found.problem}: ${found.detail}`;
}

function versionLine({ version, by, at, note, restored }: Version, now: number): string {
  const as = restored === null ? '' : ` (as version ${restored})`;
  return `version ${version}${as}, ${ago(at, now)} by ${by}${note === '' ? '' : `: ${note}`}`;
}

export function versionsText(versions: readonly Version[], now: number, colour: boolean): string {
  if (versions.length === 0) return 'nothing was published\n';
  const rows = versions.map(({ version, at, by, note, restored }) => [
    String(version),
    ago(at, now),
    by,
    [...(restored === null ? [] : [`as version ${restored}`]), ...(note === '' ? [] : [note])].join('; '),
  ]);
  return table(['version', 'when', 'by', ''], rows, colour);
}

export function draftText({ changes, problems, warnings }: Draft, colour: boolean): string {
  const lines = [
    ...changesLines(changes, colour),
    ...problems.flatMap((problem) => labelled(painter(colour), 'red', 'problem', problem)),
    ...warnings.flatMap((warning) => labelled(painter(colour), 'yellow', 'warning', warning)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function changesLines(changes: readonly Change[], colour: boolean): string[] {
  const paint = painter(colour);
  if (changes.length === 0) return ['no difference to what is published'];
  return changes.flatMap(({ host, before, after, added, removed }) => [
    before === null
      ? paint('green', `+ ${host}: ${after === null ? '' : deliveryText(after)}`)
      : after === null
        ? paint('red', `- ${host}`)
        : paint('yellow', `~ ${host}: ${modeChange(deliveryText(before), deliveryText(after))}`),
    ...pinLines(after?.mode ?? before?.mode, removed).map((line) => paint('red', `    - ${line}`)),
    ...pinLines(after?.mode ?? before?.mode, added).map((line) => paint('green', `    + ${line}`)),
  ]);
}

/** A list of roots is long, and the same for each host that has it. */
function pinLines(mode: string | undefined, pins: readonly string[]): readonly string[] {
  return mode === 'roots' && pins.length > 0 ? [plural(pins.length, 'root')] : pins;
}

function modeChange(before: string, after: string): string {
  return before === after ? after : `${before} -> ${after}`;
}

/** What a check has found. `isForced`: it is published all the same. */
export function checkedText(checked: Checked, colour: boolean, isForced = false): string {
  const { changes, findings, warnings, version } = checked;
  const paint = painter(colour);
  const lines = [
    ...changesLines(changes, colour),
    ...findings.flatMap(({ code, host, domain, message }) =>
      labelled(paint, 'red', isForced ? 'in spite' : 'refused', `${domain ?? host}: ${message} (${code})`),
    ),
    ...warnings.flatMap((warning) => labelled(paint, 'yellow', 'warning', warning)),
    ...row(
      'version',
      `${version}${isForced ? '' : `; ${findings.length === 0 ? 'nothing stands against it' : standingLine(findings)}`}`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function standingLine(findings: Checked['findings']): string {
  return `publishing it needs ${overridesOf(findings).join(' and ')}`;
}

/** The options that override the findings, and what nothing overrides. */
export function overridesOf(findings: Checked['findings']): string[] {
  const hosts = [
    ...new Set(findings.flatMap(({ override, host }) => (override === 'allow_unpin' ? [host] : []))),
  ];
  return [
    ...(findings.some(({ override }) => override === 'nothing') ? ['every host to be registered'] : []),
    ...(findings.some(({ override }) => override === 'force') ? ['--force'] : []),
    ...hosts.map((host) => `--allow-unpin ${host}`),
    '--note "why"',
  ];
}
