/** What `npm run bench -- --peers` writes to its JSON file. */
import { median } from '../usage.ts';

export const programs = ['pinwatch', 'bare', 'blackbox', 'openssl'] as const;
export type Program = (typeof programs)[number];
/** Those that pinwatch is compared with. */
export const others = ['bare', 'blackbox', 'openssl'] as const;

export const titles: Readonly<Record<Program, string>> = {
  pinwatch: 'pinwatch',
  bare: 'bare tls.connect',
  blackbox: 'blackbox_exporter',
  openssl: 'openssl s_time',
};

/** Milliseconds of CPU for each endpoint. A program that isn't installed is left out. */
export type Round = Readonly<Partial<Record<Program, number>>>;

export interface PeerRow {
  readonly tls: '1.2' | '1.3';
  /** The scenario's. */
  readonly name: string;
  readonly title: string;
  readonly node: string;
  readonly rounds: readonly Round[];
}

export interface PeersResult {
  readonly date: string;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    /** The load of the last minute before and after the run. */
    readonly load: readonly [before: number, after: number];
  };
  /** Null: the processes shared all cores. */
  readonly measuredCore: number | null;
  readonly domains: number;
  /** Null: not installed. */
  readonly versions: { readonly blackbox: string | null; readonly openssl: string | null };
  readonly rows: readonly PeerRow[];
}

export interface Middle {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function costOf({ rounds }: PeerRow, program: Program): Middle | null {
  return middleOf(rounds.flatMap((round) => round[program] ?? []));
}

/** Of pinwatch's cost to the other's, each in the same round. */
export function ratioTo({ rounds }: PeerRow, other: (typeof others)[number]): Middle | null {
  return middleOf(
    rounds.flatMap(({ pinwatch, [other]: cost }) =>
      pinwatch === undefined || cost === undefined ? [] : pinwatch / cost,
    ),
  );
}

function middleOf(values: readonly number[]): Middle | null {
  if (values.length === 0) return null;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
