/** The pins that Approov's SDK hands to its service layers. */
import { z } from 'zod';
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { readJson } from '../json/json-text.ts';
import { readOkHttpPin } from '../okhttp/okhttp-pin.ts';
import { readPattern } from '../okhttp/pattern.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Offset, Remarks } from '../remarks.ts';

const pinType = 'public-key-sha256';
const pins = z.record(z.string(), z.array(z.string()));
const schema = z.union([z.object({ [pinType]: pins }), pins], {
  error: `expected an object with a list of pins for each host, or that as "${pinType}"`,
});

export const approov: PinReader = {
  format: 'approov',
  about: {
    title: 'Approov pins',
    input: 'the pins of the type `public-key-sha256` as JSON, by host',
    meaning: [
      'hosts as OkHttp has them; the pins of all that cover a host count together',
      'any key on the validated path',
      'an empty list: the managed roots under `*` count; without them, the host is not pinned',
      'no date: the SDK fetches other pins at any time',
    ],
    refused: ['a pin that is not 32 bytes in base64'],
    source: 'approov/approov-ios-sdk c263f00, Approov.h; approov-service-okhttp 9e3c1f6, ApproovService.java',
  },
  recognizes: (text) =>
    text.includes(`"${pinType}"`) ||
    /^\s*\{\s*"(?:\*|[^"\\]{1,250}\.[^"\\]{1,250})"\s*:\s*\[\s*(?:\]|"[A-Za-z0-9+/]{43}=")/.test(text),
  read: (text, _, remarks) => {
    const json = readJson(text, schema, remarks);
    if (json === null) return [];
    const wrapped = json.value[pinType];
    const isWrapped = wrapped !== undefined && !Array.isArray(wrapped);
    const hosts = (isWrapped ? wrapped : json.value) as z.output<typeof pins>;
    const path = isWrapped ? [pinType] : [];
    const read = ([name, texts]: [string, readonly string[]]) =>
      [name, texts.flatMap((one, index) => pinOf(one, json.at([...path, name, index]), remarks))] as const;
    const all = new Map(Object.entries(hosts).map(read));
    const managed = all.get('*') ?? [];
    const rules = [...all].flatMap(([name, own]) =>
      name === '*'
        ? []
        : ruleOf(name, own.length === 0 ? managed : own, json.at([...path, name], 'key'), remarks),
    );
    return [{ resolution: 'union', trust: 'platform', rules }];
  },
};

function ruleOf(name: string, anyOf: readonly Pin[], at: Offset, remarks: Remarks): PinRule[] {
  const pattern = readPattern(name, undefined);
  if (pattern.is === 'refused') remarks.problem(at, pattern.why);
  else if (pattern.is === 'nothing') remarks.warn(at, pattern.why);
  else if (anyOf.length === 0)
    remarks.warn(at, `${quote(name)} is not pinned: its list is empty, and there are no managed roots`);
  else
    return [{ pattern: pattern.pattern, allOf: [{ at: 'path', anyOf: [...new Set(anyOf)] }], enforce: true }];
  return [];
}

function pinOf(text: string, at: Offset, remarks: Remarks): Pin[] {
  const pin = readOkHttpPin(`sha256/${text}`);
  if (pin.ok) return [pin.value];
  remarks.problem(at, pin.problem);
  return [];
}
