import type { Notice } from '../../core/notice.ts';
import type { Parsed } from '../../core/parsed.ts';
import { attempt } from './json-object.ts';

/** The notices of a letter. A letter without a body has none. */
export function parseBody(body: string | null): Parsed<Notice[]> {
  return attempt(() => {
    const value: unknown = JSON.parse(body ?? '[]');
    if (!Array.isArray(value) || !value.every(isNotice)) throw new TypeError('expected a list of notices');
    return value;
  });
}

function isNotice(value: unknown): value is Notice {
  const { incident, transition } = (value ?? {}) as Partial<Notice>;
  return typeof incident === 'string' && typeof transition === 'string';
}
