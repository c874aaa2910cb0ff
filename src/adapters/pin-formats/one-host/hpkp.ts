/** The header fields of HTTP Public Key Pinning (RFC 7469). */
import type { Pin } from '../../../core/pin.ts';
import { parsePin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import type { ReadOptions, ReadRules } from '../../../flow/pin-formats.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Offset, Remarks } from '../remarks.ts';
import { type Directive, directivesOf } from './directives.ts';
import { givenHost } from './given-host.ts';

export const hpkp: PinReader = {
  format: 'hpkp',
  about: {
    title: 'HPKP',
    input: 'the header `Public-Key-Pins`, `Public-Key-Pins-Report-Only`, or both; `--host`',
    meaning: [
      '`includeSubDomains`: every host below as well',
      'any key on the validated path',
      '`max-age` counts from `--received`; without it, pins are taken as in force; 0 unpins the host',
      '`Public-Key-Pins-Report-Only`: a mismatch is only reported; a set of its own if both are given',
      'of several fields of one name the first counts',
    ],
    refused: [
      'no backup pin: fewer than two different pins (RFC 7469, 2.5)',
      'no `max-age`, or a directive that is given twice or malformed',
    ],
    source: 'RFC 7469, sections 2.1, 2.3.1, 2.5 and 2.6',
  },
  recognizes: (text) => /\bpin-sha256\s*=|^[ \t]*Public-Key-Pins(?:-Report-Only)?\s*:/im.test(text),
  read: (text, options, remarks) => {
    const name = givenHost(options, 'an HPKP header');
    const fields = fieldsOf(text);
    const sets = fields.map((field) => setOf(field, name, options, remarks));
    return fields.length > 1 ? sets.map((set, index) => ({ ...set, suffix: suffixOf(fields[index]) })) : sets;
  },
};

interface Field {
  readonly at: Offset;
  readonly value: string;
  readonly observes: boolean;
}

const suffixOf = (field: Field | undefined) => (field?.observes ? 'report-only' : 'enforced');

/** The first field of each name; without a name, the whole text is a value. */
function fieldsOf(text: string): Field[] {
  const found = [...text.matchAll(/^([ \t<]*Public-Key-Pins(-Report-Only)?[ \t]*:)(.*)$/gim)].map(
    ({ index, 1: head = '', 2: mark, 3: value = '' }): Field => ({
      at: index + head.length,
      value,
      observes: mark !== undefined,
    }),
  );
  const named = [found.find(({ observes }) => !observes), found.find(({ observes }) => observes)];
  const fields = named.filter((field) => field !== undefined);
  return fields.length > 0 ? fields : [{ at: 0, value: text, observes: false }];
}

function setOf(
  { at, value, observes }: Field,
  name: string,
  options: ReadOptions,
  remarks: Remarks,
): ReadRules {
  const directives = directivesOf(value, at, remarks);
  const once = new Map<string, Directive>();
  for (const directive of directives.filter((one) => one.name !== 'pin-sha256')) {
    if (once.has(directive.name) && !directive.name.startsWith('pin-')) {
      remarks.problem(directive.at, `${quote(directive.name)} is given twice: the field is ignored`);
    }
    once.set(directive.name, directive);
  }
  const pins = directives.filter((one) => one.name === 'pin-sha256').flatMap((one) => pinOf(one, remarks));
  const maxAge = maxAgeOf(once.get('max-age'), { at, observes }, remarks);
  if (maxAge === 0) {
    remarks.warn(once.get('max-age')?.at ?? at, '"max-age=0" unpins the host');
    return { resolution: 'union', trust: 'platform', rules: [] };
  }
  if (new Set(pins).size < 2) {
    remarks.problem(at, 'no backup pin: expected two different pins at least, else the field is ignored');
  }
  const isDeep = once.has('includesubdomains');
  const { receivedAt } = options;
  if (receivedAt === undefined && maxAge !== null) {
    remarks.warn(
      once.get('max-age')?.at ?? at,
      'the pins are taken as in force: --received says when "max-age" began',
    );
  }
  const rule: PinRule = {
    pattern: { kind: isDeep ? 'any-depth' : 'exact', name },
    allOf: [{ at: 'path', anyOf: [...new Set(pins)] }],
    enforce: !observes,
    ...(receivedAt === undefined || maxAge === null
      ? {}
      : { until: receivedAt + maxAge * 1_000, then: 'open' as const }),
  };
  return { resolution: 'union', trust: 'platform', rules: [rule] };
}

function pinOf({ at, value, isQuoted }: Directive, remarks: Remarks): Pin[] {
  const pin = parsePin(value ?? '');
  if (isQuoted && pin.ok && pin.value === `sha256/${value}`) return [pin.value];
  remarks.problem(
    at,
    `expected pin-sha256="…" with 44 base64 characters in quotes, found ${quote(value ?? '')}`,
  );
  return [];
}

/** In seconds; null if there is none, and none is needed. */
function maxAgeOf(
  found: Directive | undefined,
  { at, observes }: { readonly at: Offset; readonly observes: boolean },
  remarks: Remarks,
): number | null {
  // Ignored with reports alone (section 2.1.2).
  if (observes) return null;
  if (found === undefined) {
    remarks.problem(at, 'expected "max-age": without it the field is ignored');
    return null;
  }
  if (found.value !== null && /^\d{1,12}$/.test(found.value)) return Number(found.value);
  remarks.problem(found.at, `max-age: expected seconds, found ${quote(found.value ?? '')}`);
  return null;
}
