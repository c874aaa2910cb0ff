/** What ends soon: certificates, and the pins of app versions. */
import { ofDomain, promDuration, secondsOf, unlessMuted } from './promql.ts';
import type { Rule, RuleSettings } from './rule.ts';

const notAfter = ofDomain('pinwatch_certificate_not_after_timestamp_seconds');

export function expiryRules({ expiringWithinMs }: RuleSettings): readonly Rule[] {
  const span = secondsOf(expiringWithinMs);
  return [
    {
      alert: 'PinwatchCertificateExpiring',
      why: `${promDuration(expiringWithinMs)} is notify.expiringWithin. \`for\` bridges a half-finished rotation.`,
      expr: `${notAfter} - time() < ${span}
and
${notAfter} > 0
${unlessMuted}`,
      for: '5m',
      severity: 'warning',
      summary: 'A certificate on the path expires soon.',
      description:
        'The certificate of {{ $labels.domain }}, or one above it, {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}. Renew it with a key that {{ $labels.account }} has pinned.',
    },
    {
      alert: 'PinwatchShippedPinsExpiring',
      why: 'As above. Installed apps keep the date that they shipped with: nothing here changes within minutes.',
      expr: `${ofDomain('pinwatch_pin_sets_end_timestamp_seconds')} - time() < ${span}
${unlessMuted}`,
      for: '5m',
      severity: 'warning',
      summary: 'An app version stops pinning soon.',
      description:
        'Pins of {{ $labels.account }} for {{ $labels.domain }} {{ if gt $value 0.0 }}end in {{ $value | humanizeDuration }}{{ else }}have ended{{ end }}. Run `pinwatch domain show {{ $labels.account }} {{ $labels.domain }}` to see which pin set it is, and release a version whose pins end later.',
    },
  ];
}
