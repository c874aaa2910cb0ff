import { appsConnect } from './apps-connect.ts';
import { type Check, decidingSets } from './check.ts';
import { type RefusalFinding, refusalOf } from './refusal.ts';
import { listed } from './set-names.ts';

/** One line: whether apps connect, and if not, why. */
export function checkMeaning(check: Check): string {
  const connect = appsConnect(check);
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
