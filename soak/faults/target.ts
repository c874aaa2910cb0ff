/** Faults of the servers that are watched. */
import { hostileFaces } from '../target-process.ts';
import type { Api, Target } from '../targets.ts';
import type { FaultContext, FaultKind, Running } from './fault.ts';

function ofLane({ fleet, lane }: FaultContext): { target: Target; apis: readonly Api[] } {
  const target = fleet.targets.targets.find(({ name }) => name === lane);
  if (target === undefined) throw new Error(`no server for ${lane}`);
  return { target, apis: fleet.targets.apis.filter((api) => api.target === target) };
}

/**
 * Seen when every domain of the server was probed and could not be judged, and sometimes only when all of them are
 * unreachable, which is then told.
 */
async function lost(
  context: FaultContext,
  how: (target: Target) => Promise<unknown>,
  back: (target: Target) => Promise<unknown>,
): Promise<Running> {
  const { fleet, draw, signal } = context;
  const { target, apis } = ofLane(context);
  const isLong = draw.isTrue(0.2);
  const up = fleet.reference.down(apis);
  await how(target);
  const seen = fleet.lines.each(
    apis,
    (api, { line }) =>
      line.domain === api.name &&
      (isLong
        ? line.event === 'incident_opened' || isUnreachable(line)
        : line.event === 'probed' && line.verdict === 'inconclusive'),
    signal,
  );
  return {
    seen,
    async end() {
      await back(target);
      up();
    },
  };
}

/** Of an incident that was open before, or that flaps, nothing opens. */
const isUnreachable = ({ event, findings }: { event?: string; [field: string]: unknown }) =>
  event === 'probed' && Array.isArray(findings) && findings.includes('unreachable');

const lane = { lanes: 'target' } as const;

export const targetFaults: readonly FaultKind[] = [
  {
    ...{ ...lane, name: 'server killed', weight: 3 },
    begin: (context) =>
      lost(
        context,
        (target) => target.kill(),
        (target) => target.start(),
      ),
  },
  {
    ...{ ...lane, name: 'server frozen', weight: 2 },
    begin: (context) =>
      lost(
        context,
        async (target) => target.signal('SIGSTOP'),
        async (target) => target.signal('SIGCONT'),
      ),
  },
  {
    ...{ ...lane, name: 'server is a black hole', weight: 2 },
    begin: (context) =>
      lost(
        context,
        (target) => target.turn('black hole'),
        (target) => target.serve(),
      ),
  },
  {
    ...{ ...lane, name: 'server is hostile', weight: 5 },
    begin(context) {
      const face = context.draw.one(hostileFaces) ?? 'silent';
      return lost(
        context,
        (target) => target.turn(face),
        (target) => target.serve(),
      );
    },
  },
];
