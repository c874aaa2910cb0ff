import { blankRecord } from '../../core/record.ts';
import { type DomainStatus, domainSeries, statusOf } from '../../core/series.ts';
import { parseObject } from './json-object.ts';

export interface ParsedStatus {
  readonly status: DomainStatus;
  /** Why it can't be read. It then shows a domain that was never probed, until the next probe writes a new one. */
  readonly problem: string | null;
}

const lastProbe = domainSeries.findIndex(({ name }) => name === 'last_probe_timestamp_seconds');

const blank: DomainStatus = { ...statusOf({ pins: [] }, blankRecord), unreadable: true };

export function parseStatus(text: string): ParsedStatus {
  try {
    const { values, open, verdict, lastProbeAt, ...rest } = parseObject(text);
    if (!Array.isArray(values) || !values.every((value) => value === null || typeof value === 'number')) {
      throw new TypeError('expected a list of values, found none');
    }
    if (!Array.isArray(open) || (verdict !== null && typeof verdict !== 'string')) {
      throw new TypeError('expected open incidents and a verdict, found none');
    }
    // From an older version: series that it did not know are missing.
    const filled = domainSeries.map((_, index) => values[index] ?? null);
    const probedAt = typeof lastProbeAt === 'number' ? lastProbeAt : (filled[lastProbe] ?? 0) * 1000;
    return {
      status: { ...rest, values: filled, open, verdict, lastProbeAt: probedAt } as DomainStatus,
      problem: null,
    };
  } catch (error) {
    return { status: blank, problem: (error as Error).message };
  }
}
