import type { FlatRow } from '../../bench/flat-row.ts';
import type { PeerRow, PeersResult } from '../../bench/peers/result.ts';

const row: Pick<PeerRow, 'tls' | 'name' | 'title'> = { tls: '1.3', name: 'both', title: 'both <key> types' };

/** Three rounds, on two versions of Node. */
export const compared: PeersResult = {
  date: '2026-11-27',
  machine: { cores: 2, cpu: 'A & B', load: [0.25, 1.5] },
  measuredCore: 1,
  domains: 1_000,
  versions: { blackbox: '0.23.0', openssl: 'OpenSSL 3.0.22' },
  rows: [
    {
      ...{ ...row, node: '20.20.2' },
      rounds: [
        { pinwatch: 0.4, bare: 1, blackbox: 0.8, openssl: 1 },
        { pinwatch: 0.5, bare: 2, blackbox: 1.25, openssl: 1 },
        { pinwatch: 0.6, bare: 2, blackbox: 1, openssl: 1 },
      ],
    },
    {
      ...{ ...row, node: '24.21.0' },
      rounds: [
        { pinwatch: 0.2, bare: 1, blackbox: 0.8, openssl: 1 },
        { pinwatch: 0.3, bare: 1, blackbox: 1.25, openssl: 1 },
        { pinwatch: 0.4, bare: 1, blackbox: 1, openssl: 1 },
      ],
    },
  ],
};

/** The same, if neither blackbox_exporter nor OpenSSL is installed and there is one core. */
export const alone: PeersResult = {
  ...compared,
  measuredCore: null,
  versions: { blackbox: null, openssl: null },
  rows: compared.rows.map((of) => ({
    ...of,
    rounds: of.rounds.map(({ pinwatch = 0, bare = 0 }) => ({ pinwatch, bare })),
  })),
};

export const flat: readonly FlatRow[] = [1_000, 10_000].flatMap((domains) =>
  [1, 4].map((workers) => ({
    ...{ domains, workers, planUs: 10, probeUs: 90 + workers, redisUs: 30 },
    ...{ commands: 2, redisBytes: 1_400, workerBytes: 1_700, planTurnMs: 20, probeTurnMs: 20, judged: 0 },
  })),
);
