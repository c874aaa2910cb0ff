import { endedBy, type Removal } from '../../core/removed-domain.ts';
import { attempt, parseObject } from './json-object.ts';
import { noticeForms } from './notice-forms.ts';
import { oweLua } from './owe-lua.ts';
import { parseRecord } from './record-text.ts';

/** For scripts that remove domains, after the code of domain-lua.ts. */
export const removalLua = `
${oweLua}
local function versionOf(name)
  local record = redis.call('HGET', records, name)
  return record and tonumber(string.match(record, '^%d+')) or 0
end
`;

/** What is stored of a domain that is removed. An unreadable record or setting counts as missing. */
export interface StoredDomain {
  readonly name: string;
  readonly settings: string | null;
  readonly record: Buffer | null;
  readonly status: string | null;
}

/** The version of the record that was read, and for each notice its times, its text and its short form. */
export function removalOf(
  { name, settings, record: stored, status }: StoredDomain,
  removal: Removal,
): { readonly version: number; readonly notices: readonly (readonly [string, string, string])[] } {
  const { version, record } = parseRecord(stored, status);
  const read = attempt(() => parseObject(settings ?? '{}'));
  const { channels, provisionedBy } = read.ok ? read.value : {};
  const known = {
    ...(Array.isArray(channels) ? { channels } : {}),
    ...(typeof provisionedBy === 'string' ? { provisionedBy } : {}),
  };
  return { version, notices: endedBy(removal, name, known, record).map(noticeForms) };
}
