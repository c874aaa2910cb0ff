/**
 * A check for people: the answer first, then why, then the pins, then what was seen, worst first. Names were escaped
 * and bounded when they were decoded.
 */
import { type AppsConnect, appsConnect } from '../core/apps-connect.ts';
import { type Check, decidingSets, type Verdict } from '../core/check.ts';
import { domainName } from '../core/domain.ts';
import type { Severity } from '../core/finding.ts';
import type { PinHash } from '../core/pin-hash.ts';
import { ownSetName } from '../core/pin-set.ts';
import { type RefusalFinding, refusalOf } from '../core/refusal.ts';
import { listed } from '../core/set-names.ts';
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
    ...row('', `${meaningOf(check, connect)} (verdict: ${check.verdict})`),
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

function meaningOf(check: Check, connect: AppsConnect): string {
  switch (connect) {
    case 'yes':
      return well(check);
    case 'unknown':
      return 'no endpoint could be judged';
    case 'some':
    case 'no':
      return whyNot(check, connect === 'some');
    default:
      return connect satisfies never;
  }
}

function whyNot(check: Check, some: boolean): string {
  if (check.verdict === 'mismatch') {
    const deciding = decidingSets(check);
    const failing = deciding.filter(({ verdict }) => verdict === 'mismatch');
    const isPartial = check.findings.some(({ code }) => code === 'pin_mismatch_partial');
    if (!isPartial && failing.length > 0 && failing.length < deciding.length) {
      return `apps with the pins of ${listed(
        failing.map(({ name }) => name),
        'and',
      )} cannot connect`;
    }
    return some
      ? 'apps with these pins fail on some endpoints or connections'
      : 'apps with these pins cannot connect';
  }
  const effect = some ? 'some apps cannot connect' : 'apps cannot connect';
  const code = refusalOf(check);
  return code === undefined ? effect : `${effect}: ${causes[code]}`;
}

function well({ verdict, pinSets }: Check): string {
  if (verdict === 'match') return 'apps with these pins can connect';
  return pinSets === undefined
    ? 'the chain is trusted; no pins were given to compare with'
    : 'the chain is trusted; these pins are not enforced, or have run out';
}

const causes: Record<RefusalFinding, string> = {
  certificate_expired: 'a certificate has expired',
  certificate_not_yet_valid: 'a certificate is not valid yet',
  host_name_mismatch: 'the certificate is for other hosts',
  chain_incomplete: 'an intermediate certificate is not sent',
  chain_untrusted: 'the chain is not trusted',
  platform_refused: 'their platform refuses the server',
};

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
