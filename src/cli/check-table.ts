/**
 * What a person reads of a check: the answer first, then why, then the pins, then what was seen, the worst first.
 * Names come escaped and bounded from where they were decoded.
 */
import { type Check, isJudged, type Verdict } from '../core/check.ts';
import { domainName } from '../core/domain.ts';
import type { Severity } from '../core/finding.ts';
import { type TrustFinding, trustFindings } from '../core/trust.ts';
import { endpointTable } from './check-endpoints.ts';
import { labelled, type Paint, painter, row, type Style } from './layout.ts';

type Answer = 'OK' | 'FAIL' | 'UNKNOWN';

const answerStyle: Record<Answer, Style> = { OK: 'green', FAIL: 'red', UNKNOWN: 'yellow' };
const severityStyle: Record<Severity, Style> = { critical: 'red', warning: 'yellow', info: 'dim' };

export function checkTable(check: Check, now: number, colour: boolean): string {
  const paint = painter(colour);
  const { answer, meaning } = answerOf(check);
  const lines = [
    ...labelled(paint, answerStyle[answer], answer, domainName(check)),
    ...row('', `${meaning} (verdict: ${check.verdict})`),
    '',
  ];
  for (const { code, severity, message } of check.findings) {
    lines.push(...labelled(paint, severityStyle[severity], severity, code), ...row('', message));
  }
  if (check.findings.length > 0) lines.push('');
  lines.push(...pinLines(check, paint));
  lines.push(...endpointTable(check, now, paint));
  return `${lines.join('\n')}\n`;
}

/** As the exit status, for people. */
function answerOf(check: Check): { answer: Answer; meaning: string } {
  const { verdict, findings, endpoints } = check;
  const judged = endpoints.filter(isJudged);
  if (verdict === 'mismatch') {
    const partly = findings.some(({ code }) => code === 'pin_mismatch_partial');
    const meaning = partly
      ? 'apps with these pins fail on some endpoints or connections'
      : 'apps with these pins cannot connect';
    return { answer: 'FAIL', meaning };
  }
  const code = trustFindings.find((one) => findings.some((finding) => finding.code === one));
  if (code !== undefined) {
    const some = code === 'chain_incomplete' || judged.some(({ trusted }) => trusted);
    const effect = some ? 'some apps cannot connect' : 'apps cannot connect';
    return { answer: 'FAIL', meaning: `${effect}: ${causes[code]}` };
  }
  if (judged.length === 0) return { answer: 'UNKNOWN', meaning: 'no endpoint could be judged' };
  return { answer: 'OK', meaning: well(verdict) };
}

function well(verdict: Verdict): string {
  return verdict === 'match'
    ? 'apps with these pins can connect'
    : 'the chain is trusted; no pins were given to compare with';
}

const causes: Record<TrustFinding, string> = {
  certificate_expired: 'a certificate has expired',
  certificate_not_yet_valid: 'a certificate is not valid yet',
  host_name_mismatch: 'the certificate is for other hosts',
  chain_incomplete: 'an intermediate certificate is not sent',
  chain_untrusted: 'the chain is not trusted',
};

function pinLines({ pins, verdict }: Check, paint: Paint): string[] {
  if (pins.length === 0) return [];
  // Where nothing matches, a pin that was not seen is no way out but the problem.
  const unseen = verdict === 'match' ? 'not seen: a backup' : 'not seen';
  const lines = pins.map(({ pin, seen }, index) => {
    const state = seen ? paint('green', 'seen') : unseen;
    return `${(index === 0 ? 'pinned' : '').padEnd(10)}${pin}  ${state}`;
  });
  return [...lines, ''];
}
