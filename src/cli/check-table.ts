/**
 * What a person reads of a check. The answer first, then why, then what was seen, endpoint by endpoint.
 * Colour only repeats what a word already says. Names come escaped and bounded from where they were decoded.
 */
import type { Check, CheckedEndpoint, PresentedCertificate, Verdict } from '../core/check.ts';
import { domainName } from '../core/domain.ts';
import type { Severity } from '../core/finding.ts';
import { trustFindings } from '../core/trust.ts';

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;
type Style = keyof typeof codes;
type Paint = (style: Style, text: string) => string;

const verdictStyle: Record<Verdict, Style> = {
  match: 'green',
  mismatch: 'red',
  inconclusive: 'yellow',
  unpinned: 'yellow',
};
const severityStyle: Record<Severity, Style> = { critical: 'red', warning: 'yellow', info: 'dim' };

export function checkTable(check: Check, now: number, colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
  const verdict = paint(verdictStyle[check.verdict], check.verdict);
  const lines = [`${paint('bold', domainName(check))}  ${verdict}  ${meaning(check)}`, ''];

  for (const { code, severity, message } of check.findings) {
    lines.push(`${paint(severityStyle[severity], severity.padEnd(8))}  ${code}`, `          ${message}`);
  }
  if (check.findings.length > 0) lines.push('');

  for (const { pin, seen } of check.pins) {
    lines.push(`pin       ${pin}  ${seen ? paint('green', 'seen') : 'not seen'}`);
  }
  if (check.pins.length > 0) lines.push('');

  for (const endpoint of check.endpoints) lines.push(...endpointLines(endpoint, now, paint), '');
  return lines.join('\n');
}

function meaning({ verdict, findings, endpoints }: Check): string {
  const untrusted = findings.some(({ code }) => (trustFindings as readonly string[]).includes(code));
  const judged = endpoints.some(({ failure }) => failure === null);
  if (verdict === 'mismatch') {
    const partly = findings.some(({ code }) => code === 'pin_mismatch_partial');
    return partly ? 'apps with these pins fail on some endpoints' : 'apps with these pins cannot connect';
  }
  if (untrusted) return 'apps cannot connect: the chain is not trusted';
  if (!judged) return 'no endpoint could be judged';
  return verdict === 'match'
    ? 'apps with these pins can connect'
    : 'no pins were given; these keys are presented';
}

function endpointLines(endpoint: CheckedEndpoint, now: number, paint: Paint): string[] {
  const { address, keyType, verdict, failure, protocol, durationMs, trusted, trustError } = endpoint;
  const name = `${address ?? '(no address)'} ${keyType}`;
  if (failure) {
    const isFault = failure.code !== 'key_type_not_served';
    return [
      `endpoint  ${name}  ${paint(isFault ? 'yellow' : 'dim', failure.code)}`,
      `          ${failure.message}`,
    ];
  }
  const trust = trusted ? 'trusted' : paint('red', `not trusted (${trustError})`);
  const head = `endpoint  ${name}  ${paint(verdictStyle[verdict], verdict)}  ${protocol}  ${durationMs} ms  ${trust}`;
  const rows = endpoint.path.map((entry, index) => {
    const sent = endpoint.presented.find(
      ({ pin, subject }) => pin === entry.pin && subject === entry.subject,
    );
    const mark = endpoint.matched?.pin === entry.pin ? paint('green', ' ← pinned') : '';
    const origin = entry.from === 'presented' ? details(sent, now) : 'from the trust store';
    return [
      `${index === 0 ? '  path    ' : '          '}${index + 1}. ${entry.subject || '(empty subject)'}`,
      `             ${entry.pin}${mark}`,
      `             ${origin}`,
    ];
  });
  return [head, ...rows.flat(), ...strays(endpoint)];
}

function details(sent: PresentedCertificate | undefined, now: number): string {
  if (!sent) return 'presented';
  const days = Math.floor((Date.parse(sent.notAfter) - now) / 86_400_000);
  const left = days < 0 ? 'expired' : days === 1 ? '1 day left' : `${days} days left`;
  return `${sent.key}, until ${sent.notAfter} (${left})`;
}

/** Sent, but part of no path: where a pinned key would not count. */
function strays({ presented, path }: CheckedEndpoint): string[] {
  const outside = presented.filter(
    ({ pin, subject }) => !path.some((entry) => entry.pin === pin && entry.subject === subject),
  );
  return outside.flatMap(({ subject, pin }, index) => [
    `${index === 0 ? '  outside ' : '          '}-  ${subject || '(empty subject)'}`,
    `             ${pin}`,
  ]);
}
