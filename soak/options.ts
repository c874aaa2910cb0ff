/** What the command line asks for. */
import { parseArgs } from 'node:util';

export const stores = ['single', 'sentinel', 'cluster'] as const;
export type StoreKind = (typeof stores)[number];

export interface SoakOptions {
  readonly seed: number;
  /** Ends after the round in which this many faults have been made. */
  readonly faults: number;
  /** Ends after the round in which the first worker has made this many probes in this run; null: no limit. */
  readonly probes: number | null;
  /** Ends after the round in which this time is over; null: no limit. */
  readonly minutes: number | null;
  /** Faults of one round at most, each of another part of the fleet. */
  readonly atOnce: number;
  readonly domains: number;
  readonly workers: number;
  /** Processes with TLS servers. The first never fails. */
  readonly targets: number;
  readonly intervalMs: number;
  readonly store: StoreKind;
  /** Whether workers are replaced by ones of the version before; that is built first. */
  readonly upgrades: boolean;
  /** Only faults whose name has one of these in it, separated by commas; null: all. */
  readonly only: string | null;
  /** The round to begin with. */
  readonly round: number;
  /** For logs and the state; what is in it from an earlier run is gone on with if `resumes`. */
  readonly directory: string;
  readonly resumes: boolean;
}

/** What a resumed run takes from the run before, so that its rounds are the same. */
export const kept = [
  'seed',
  'atOnce',
  'domains',
  'workers',
  'targets',
  'intervalMs',
  'store',
  'upgrades',
  'only',
] as const;

export const usage = `npm run soak -- [--seed 1] [--faults 100] [--probes N] [--minutes N] [--at-once 4] [--domains 40] [--workers 2] [--targets 4]
  [--interval 5] [--redis ${stores.join('|')}] [--upgrades] [--only NAME] [--round 1] [--dir var/soak] [--resume DIR]`;

/** Throws an Error that names the option, what was found and what is expected. */
export function parseOptions(args: readonly string[]): SoakOptions {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: text('1'),
      faults: { type: 'string' },
      probes: { type: 'string' },
      minutes: { type: 'string' },
      'at-once': text('4'),
      domains: text('40'),
      workers: text('2'),
      targets: text('4'),
      interval: text('5'),
      redis: text('single'),
      upgrades: { type: 'boolean', default: false },
      only: { type: 'string' },
      round: text('1'),
      dir: text('var/soak'),
      resume: { type: 'string' },
    },
  });
  const whole = (name: string, value: string, least: number, most = Number.MAX_SAFE_INTEGER) => {
    const number = Number(value);
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    const limit = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new Error(`--${name}: expected a whole number, ${limit}, found "${value}"`);
  };
  const store = stores.find((one) => one === values.redis);
  if (store === undefined) throw new Error(`--redis: expected ${stores.join(', ')}, found "${values.redis}"`);
  return {
    seed: whole('seed', values.seed, 0),
    // Whoever names a number of probes gets them, however many faults that takes.
    faults:
      values.faults === undefined && values.probes !== undefined
        ? Number.MAX_SAFE_INTEGER
        : whole('faults', values.faults ?? '100', 1),
    probes: values.probes === undefined ? null : whole('probes', values.probes, 1),
    minutes: values.minutes === undefined ? null : whole('minutes', values.minutes, 1),
    atOnce: whole('at-once', values['at-once'], 1, 20),
    domains: whole('domains', values.domains, 8, 2_000),
    workers: whole('workers', values.workers, 1, 8),
    targets: whole('targets', values.targets, 3, 16),
    intervalMs: 1_000 * whole('interval', values.interval, 1, 900),
    store,
    upgrades: values.upgrades,
    only: values.only ?? null,
    round: whole('round', values.round, 1),
    directory: values.resume ?? values.dir,
    resumes: values.resume !== undefined,
  };
}
