import { blankRecord, type DomainRecord } from '../../core/record.ts';
import { completed } from '../../core/stored-record.ts';
import { seenAgain } from '../../core/unchanged.ts';
import { attempt, parseObject } from './json-object.ts';
import { unpacked } from './packed.ts';

export interface ParsedRecord {
  readonly version: number;
  readonly record: DomainRecord;
  /** Why it can't be read. The domain then counts as never probed. */
  readonly problem: string | null;
}

/**
 * `version JSON`, the JSON packed. A probe that saw the same as the last one is only in the domain's status, so its time comes from there.
 * A record from an older version may lack a newer field: the blank record supplies it. Throws NewerSchema.
 */
export function parseRecord(stored: Buffer | null, status: string | null = null): ParsedRecord {
  if (stored === null) return { version: 0, record: blankRecord, problem: null };
  const head = stored.toString('latin1', 0, 400);
  const [, digits] = /^(\d{1,15})(?: |$)/.exec(head) ?? [];
  // As the scripts read it: a record without a version is replaced by the next probe.
  const version = Number(/^\d+/.exec(head)?.[0] ?? 0);
  const read = attempt(() => {
    if (digits === undefined) throw new TypeError('expected a version and JSON, found another text');
    const value = parseObject(unpacked(stored.subarray(digits.length + 1)));
    const wrong = Object.keys(value).find((field) => !isRight(field, value[field]));
    if (wrong !== undefined) throw new TypeError(`expected another value in ${wrong}`);
    const record = completed(value as Partial<DomainRecord>);
    const isConclusive = record.lastProbeAt > 0 && record.lastProbeAt === record.lastConclusiveAt;
    const again = isConclusive ? probedAt(status) : 0;
    return again === 0 ? record : seenAgain(record, again);
  });
  return read.ok
    ? { version, record: read.value, problem: null }
    : { version, record: blankRecord, problem: read.problem };
}

/** When the domain was probed last, according to its status; 0 if that is unreadable. */
function probedAt(status: string | null): number {
  return Number(/"lastProbeAt":(\d+)/.exec(status ?? '')?.[1] ?? 0);
}

/** Whether it has the type that the code expects: a map or a number if the blank record has one there. */
function isRight(field: string, value: unknown): boolean {
  if (field === 'lastCheck') return value === null || isCheck(value);
  const blank = blankRecord[field as keyof DomainRecord] as unknown;
  if (blank === undefined || blank === null) return true;
  if (typeof blank !== 'object') return typeof value === typeof blank;
  if (!isMap(value)) return false;
  const isOfMaps = field === 'incidents' || field === 'sightings';
  return Object.values(value).every((one) => one !== null && (!isOfMaps || isMap(one)));
}

function isCheck(value: unknown): boolean {
  if (!isMap(value)) return false;
  const lists = [value.endpoints, value.findings, value.pins];
  if (!lists.every((list) => Array.isArray(list) && list.every(isMap))) return false;
  const endpoints = value.endpoints as Record<string, unknown>[];
  return endpoints.every(({ path, presented }) => Array.isArray(path) && Array.isArray(presented));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
