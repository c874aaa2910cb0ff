import { blankStatus, type DomainStatus } from '../../core/domain-status.ts';
import { readStatus, storedStatus } from '../../core/stored-status.ts';
import { attempt, parseObject } from './json-object.ts';

export interface ParsedStatus {
  readonly status: DomainStatus;
  /** Why it can't be read. It then shows a domain that was never probed, until the next probe writes a new one. */
  readonly problem: string | null;
}

/** Throws NewerSchema. */
export function parseStatus(text: string): ParsedStatus {
  const read = attempt(() => readStatus(parseObject(text)));
  return read.ok
    ? { status: read.value, problem: null }
    : { status: { ...blankStatus, unreadable: true }, problem: read.problem };
}

export function statusText(status: DomainStatus): string {
  return JSON.stringify(storedStatus(status));
}
