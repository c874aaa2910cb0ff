/** The changes that make an account's pin sets those of a file. */

import { rfc3339 } from '../../core/clock.ts';
import type { ImportedSet, ProvisionedImport } from '../../core/imported-set.ts';
import type { AnswerOf, BodyOf } from '../../wire/exchange.ts';
import type { Answer } from './client.ts';

export type PinSetStep =
  | {
      readonly action: 'import_pin_set';
      readonly pinSet: string;
      readonly import: BodyOf<'importPinSet'>;
      readonly isNew: boolean;
      readonly etag: string | null;
    }
  | { readonly action: 'remove_pin_set'; readonly pinSet: string; readonly etag: string | null };

/** By the name that each was imported under. */
export type PresentPinSets = ReadonlyMap<string, Answer<'showPinSet'>>;

export function pinSetSteps(
  wanted: readonly ProvisionedImport[],
  present: PresentPinSets,
  prune: boolean,
  refuse: (what: string, file: string) => void,
): PinSetStep[] {
  const steps = wanted.flatMap(({ of, text, sets }): PinSetStep[] => {
    const found = present.get(of);
    const body = bodyOf(text, sets);
    if (found !== undefined && isSame(found.body, body, sets)) return [];
    const file = found?.body.pinSets[0]?.provisionedBy ?? null;
    if (file !== null) refuse(`the pin set ${of}`, file);
    return [
      {
        action: 'import_pin_set',
        pinSet: of,
        import: body,
        isNew: found === undefined,
        etag: found?.etag ?? null,
      },
    ];
  });
  const names = new Set(wanted.map(({ of }) => of));
  const others = prune ? [...present].filter(([of]) => !names.has(of)) : [];
  return [
    ...steps,
    ...others
      .filter(([, { body }]) => body.pinSets.every(({ provisionedBy }) => provisionedBy === null))
      .map(([of, { etag }]): PinSetStep => ({ action: 'remove_pin_set', pinSet: of, etag })),
  ];
}

function bodyOf(text: string, sets: readonly ImportedSet[]): BodyOf<'importPinSet'> {
  const [first] = sets;
  const { format, appVersion, note = '', options = {} } = first ?? {};
  const { host, okhttp, receivedAt } = options;
  return {
    text,
    ...(format === undefined ? {} : { format }),
    ...(appVersion === undefined ? {} : { appVersion }),
    note,
    ...(host === undefined ? {} : { host }),
    ...(okhttp === undefined ? {} : { okhttp }),
    ...(receivedAt === undefined ? {} : { receivedAt: rfc3339(receivedAt) }),
  };
}

function isSame(
  { pinSets, text, options }: AnswerOf<'showPinSet'>,
  wanted: BodyOf<'importPinSet'>,
  sets: readonly ImportedSet[],
): boolean {
  const [first] = pinSets;
  return (
    text === wanted.text &&
    pinSets.length === sets.length &&
    first?.format === wanted.format &&
    (first?.appVersion ?? undefined) === wanted.appVersion &&
    first?.note === wanted.note &&
    (options.host ?? undefined) === wanted.host &&
    (options.okhttp ?? undefined) === wanted.okhttp &&
    (options.receivedAt ?? undefined) === wanted.receivedAt
  );
}
