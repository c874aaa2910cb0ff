/** What the metrics show of the signed configuration of each account. Few lines: a service has thousands of accounts at most. */
import { gaugeHead, labelOf } from './exposition.ts';

export interface ConfigStatus {
  readonly account: string;
  readonly version: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** null: not known yet. */
  readonly differs: boolean | null;
  /** null: not known yet, or no URL is configured. */
  readonly served: boolean | null;
  /** Devices; null: not known yet. */
  readonly unpinned: number | null;
}

const series: readonly (readonly [
  name: string,
  help: string,
  of: (status: ConfigStatus) => number | null,
])[] = [
  [
    'config_version',
    'The version of the signed configuration that this server serves.',
    ({ version }) => version,
  ],
  [
    'config_issued_timestamp_seconds',
    'When it was signed, the last renewal included.',
    ({ issuedAt }) => issuedAt,
  ],
  ['config_expires_timestamp_seconds', 'From when on apps call it stale.', ({ expiresAt }) => expiresAt],
  [
    'config_served',
    '1 while every URL in publish.urls serves what was published; fetched as an app would, every minute.',
    ({ served }) => (served === null ? null : Number(served)),
  ],
  [
    'config_draft_differs',
    '1 while the registry says something else than what is published; looked at every 5 minutes.',
    ({ differs }) => (differs === null ? null : Number(differs)),
  ],
  ['config_devices_unpinned', 'Devices that apps do not pin at the moment.', ({ unpinned }) => unpinned],
];

export function renderConfigs(statuses: readonly ConfigStatus[]): string {
  return series
    .map(([name, help, of]) => {
      const lines = statuses.flatMap((status) => {
        const value = of(status);
        return value === null ? [] : [`pinwatch_${name}{account="${labelOf(status.account)}"} ${value}\n`];
      });
      return gaugeHead(name, help) + lines.join('');
    })
    .join('');
}
