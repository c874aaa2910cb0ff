/** Faults of the name server. */
import { type NameMode, slowAnswerMs } from '../names.ts';
import type { FaultContext, FaultKind, Running } from './fault.ts';

async function failing({ fleet, signal }: FaultContext, mode: NameMode, code: string): Promise<Running> {
  const apis = fleet.targets.apis.filter(({ isNamed }) => isNamed);
  const up = fleet.reference.down(apis);
  const seen = fleet.lines.each(
    apis,
    (api, { line }) =>
      line.event === 'probed' && line.domain === api.name && (line.failures as string[]).includes(code),
    signal,
  );
  fleet.names.treat(mode);
  return {
    seen,
    async end() {
      fleet.names.treat('answer');
      up();
    },
  };
}

const lane = { lanes: 'names' } as const;

export const nameFaults: readonly FaultKind[] = [
  { ...{ ...lane, name: 'DNS dead', weight: 3 }, begin: (context) => failing(context, 'dead', 'dns_failed') },
  {
    ...{ ...lane, name: 'DNS fails', weight: 2 },
    begin: (context) => failing(context, 'SERVFAIL', 'dns_failed'),
  },
  {
    ...{ ...lane, name: 'DNS knows no name', weight: 2 },
    begin: (context) => failing(context, 'NXDOMAIN', 'dns_not_found'),
  },
  {
    ...{ ...lane, name: 'DNS slow', weight: 2 },
    async begin({ fleet, signal }) {
      const named = new Set(fleet.targets.apis.filter(({ isNamed }) => isNamed).map(({ name }) => name));
      const seen = fleet.lines.next(
        ({ line }) =>
          line.event === 'probed' &&
          named.has(line.domain ?? '') &&
          Number(line.seconds) * 1000 >= slowAnswerMs,
        signal,
      );
      fleet.names.treat('slow');
      return { seen, end: async () => fleet.names.treat('answer') };
    },
  },
];
