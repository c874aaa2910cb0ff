/** Whether a certificate may replace the one in use: made for the new key, for every host, and accepted by apps. */
import type { Certificate } from './certificate.ts';
import type { Check } from './check.ts';
import { type FindingCode, severities } from './finding.ts';
import type { Seen } from './observation.ts';
import type { Rotation } from './rotation-state.ts';

export interface CertificateProblem {
  /** null: it is about the certificate itself. */
  readonly domain: string | null;
  readonly code: 'wrong_key' | FindingCode;
  /** `critical`: apps would fail. */
  readonly severity: 'critical' | 'warning';
  readonly message: string;
}

/** What a server with this chain would show, for the same judgement as that of a probe. */
export function asPresented(
  decoded: Pick<Seen, 'presented' | 'path' | 'hostMatches'>,
  keyType: Seen['keyType'],
): Seen {
  return {
    ...decoded,
    ...{ address: 'the certificate', keyType, durationMs: 0, failure: null, broken: null },
    protocol: 'TLSv1.3',
    negotiated: { suite: null, group: null, sha1: false },
  };
}

/** null: the leaf has the new key. */
export function wrongKey(
  { pin, retires, subject }: Rotation,
  { pin: found }: Pick<Certificate, 'pin'>,
  pinned: ReadonlySet<string>,
): CertificateProblem | null {
  if (found === pin) return null;
  const made = subject === null ? '' : ` (the certificate request was for ${subject})`;
  const expected = `expected the new key ${pin}, found ${found}`;
  const what = retires.includes(found)
    ? 'the old key, so the certificate was renewed without the new request'
    : pinned.has(found)
      ? 'another pinned key, such as the backup'
      : 'a key that no app accepts, so it was made from another request';
  return { domain: null, code: 'wrong_key', severity: 'critical', message: `${expected}: ${what}${made}` };
}

/** About keys that are spare, or endpoints that are not there: nothing that a certificate is to blame for. */
const beside: readonly FindingCode[] = ['no_backup_pin', 'endpoint_failed', 'unreachable', 'pins_expiring'];

/** That an app version ships without the new pin is no fault of the certificate: the step `adopt` is about that. */
export function certificateProblems(domain: string, { findings }: Check): CertificateProblem[] {
  return findings.flatMap(({ code, severity, message }): CertificateProblem[] => {
    if (severity === severities[2] || beside.includes(code)) return [];
    return [{ domain, code, severity: code.startsWith('pin_mismatch') ? 'warning' : severity, message }];
  });
}
