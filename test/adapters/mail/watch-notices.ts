/** Notices about pinwatch itself, and a digest. */
import type { BlindTransition } from '../../../src/core/blind-incident.ts';
import type { DigestNotice } from '../../../src/core/digest.ts';

export function blindNotice(
  more: Partial<BlindTransition> = {},
  blind: Partial<BlindTransition['blind']> = {},
): BlindTransition {
  return {
    incident: 'mhx3k9a0-b1ind',
    kind: 'blind',
    transition: 'opened',
    severity: 'critical',
    since: '2026-11-22T03:50:54Z',
    at: '2026-11-22T04:15:54Z',
    blind: {
      ...{ scope: 'installation', cause: 'nothing_seen', domains: 400, seen: 0, lost: 400 },
      examples: ['api0.example.com', 'api1.example.com'],
      failures: [{ code: 'dns_failed', domains: 2 }],
      ...blind,
    },
    ...more,
  };
}

export function digestOfWeek(more: Partial<DigestNotice['digest']> = {}): DigestNotice {
  const at = '2026-11-22T04:15:54Z';
  const none = { count: 0, shown: [] };
  return {
    ...{ incident: 'mhx3k9a0-d1gest', kind: 'digest', transition: 'opened', severity: 'info', since: at, at },
    digest: {
      noBackupPin: { count: 2, shown: ['api.example.com', 'login.example.com:8443'] },
      expiring: {
        count: 22,
        shown: Array.from({ length: 20 }, (_, index) => ({
          domain: `${'edge-'.repeat(index % 4)}api${index}.shop.example.com`,
          at: `2026-12-${String(index + 4).padStart(2, '0')}T04:10:54Z`,
        })),
      },
      pinsEnding: none,
      muted: { count: 1, shown: [{ domain: 'old.example.com', at: '2026-12-01T00:00:00Z' }] },
      unseen: { count: 1, shown: [{ domain: 'dark.example.com', at: null }] },
      ...more,
    },
  };
}
