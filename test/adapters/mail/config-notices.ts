/** Notices of a signed configuration: real shapes, made-up names. */
import type { ConfigTransition } from '../../../src/core/config-incident.ts';

export const channel = 'mfrggzdfmztwq2lknnwg23tpob';
export const url = `https://pins.example.com/c/${channel}`;
export const root = `BK${'A'.repeat(86)}=`;

export function notice(
  more: Partial<ConfigTransition> = {},
  config: Partial<ConfigTransition['config']> = {},
) {
  const made: ConfigTransition = {
    incident: 'mhx3k9a0-c0nf1g',
    kind: 'config_outdated',
    transition: 'opened',
    severity: 'critical',
    since: '2026-11-22T04:15:54Z',
    at: '2026-11-22T04:22:20Z',
    config: {
      channel,
      roots: [root],
      published: {
        ...{ generation: 1, version: 42, signedElsewhere: false },
        ...{ issuedAt: '2026-11-22T04:14:54Z', expiresAt: '2026-12-06T04:14:54Z' },
      },
      urls: [
        {
          ...{ url, problem: 'outdated', detail: 'expected version 42 of generation 1, found 41 of 1' },
          found: { generation: 1, version: 41, issuedAt: '2026-11-21T04:14:54Z' },
        },
        { url: `https://two.example.com/c/${channel}`, problem: null, detail: '', found: null },
      ],
      certifiedAt: '2026-01-01T00:00:00Z',
      renewalFailure: null,
      ...config,
    },
    ...more,
  };
  return made;
}
