/**
 * A check for people: the answer first, then why, then the pins, then what was seen, worst first. Names were escaped
 * and bounded when they were decoded.
 */
import { type AppsConnect, appsConnect } from '../core/apps-connect.ts';
import type { Check, Verdict } from '../core/check.ts';
import { checkMeaning } from '../core/check-meaning.ts';
import { domainName } from '../core/domain.ts';
import type { Severity } from '../core/finding.ts';
import type { PinHash } from '../core/pin-hash.ts';
import { ownSetName } from '../core/pin-set.ts';
import { endpointTable } from './check-endpoints.ts';
import { labelled, type Paint, painter, row, type Style } from './layout.ts';

/** The exit status in words. */
export const answers: Readonly<Record<AppsConnect, readonly [answer: string, style: Style]>> = {
  yes: ['OK', 'green'],
  some: ['FAIL', 'red'],
  no: ['FAIL', 'red'],
  unknown: ['UNKNOWN', 'yellow'],
};

const severityStyle: Record<Severity, Style> = { critical: 'red', warning: 'yellow', info: 'dim' };

export function checkTable(check: Check, now: number, colour: boolean): string {
  const paint = painter(colour);
  const connect = appsConnect(check);
  const [answer, style] = answers[connect];
  const lines = [
    ...labelled(paint, style, answer, domainName(check)),
    ...row('', `${checkMeaning(check)} (verdict: ${check.verdict})`),
    '',
  ];
  for (const { code, severity, message } of check.findings) {
    lines.push(...labelled(paint, severityStyle[severity], severity, code), ...row('', message));
  }
  if (check.findings.length > 0) lines.push('');
  lines.push(...pinLines(check, paint), ...setLines(check, now, paint));
  lines.push(...endpointTable(check, now, paint));
  return `${lines.join('\n')}\n`;
}

function pinLines({ pins, verdict, pinSets = [] }: Check, paint: Paint): string[] {
  const own = pinSets.find(({ name }) => name === ownSetName)?.verdict ?? verdict;
  return listedPins('pinned', pins, own, paint);
}

/** The sets that apps ship. What the registry pins stands above. */
function setLines({ pinSets = [] }: Check, now: number, paint: Paint): string[] {
  return pinSets
    .filter(({ name }) => name !== ownSetName)
    .flatMap(({ name, appVersion, verdict, pins, until, held }) => {
      const app = appVersion === null ? '' : ` (${appVersion})`;
      const ends = until === null ? '' : `, ${Date.parse(until) > now ? 'until' : 'ended'} ${until}`;
      const style =
        verdict === 'mismatch' ? (held ? 'yellow' : 'red') : verdict === 'match' ? 'green' : 'bold';
      return [
        ...labelled(paint, style, 'pin set', `${name}${app}: ${verdict}${ends}`),
        ...listedPins('', pins, verdict, paint),
      ];
    });
}

function listedPins(
  label: string,
  pins: readonly { readonly pin: PinHash; readonly seen: boolean }[],
  verdict: Verdict,
  paint: Paint,
): string[] {
  if (pins.length === 0) return [];
  // If nothing matches, a pin that was not seen is not a backup but the problem.
  const unseen = verdict === 'match' ? 'not seen: a backup' : 'not seen';
  const lines = pins.map(({ pin, seen }, index) => {
    const state = seen ? paint('green', 'seen') : unseen;
    return `${(index === 0 ? label : '').padEnd(10)}${pin}  ${state}`;
  });
  return [...lines, ''];
}
