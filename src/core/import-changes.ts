import type { ImportedSet, ProvisionedImport } from './imported-set.ts';

/** A change of what one text was imported as. */
export interface ImportChange {
  /** The name that the text is imported under. */
  readonly of: string;
  /** null: it goes with its sets. Left out: it stays as it is. */
  readonly text?: string | null;
  readonly put: readonly ImportedSet[];
  /** The names of sets that go. */
  readonly remove: readonly string[];
}

/**
 * What turns the account's pin sets into those of a file, besides those that were imported at runtime. Sets that are the
 * same but for the time of their import stay as they are.
 */
export function importChanges(
  before: readonly ImportedSet[],
  imports: readonly ProvisionedImport[],
): ImportChange[] {
  const wanted = new Set(imports.map(({ of }) => of));
  // Of the same name as one of the file: the file decides.
  const replaced = before.filter((set) => set.provisionedBy !== undefined || wanted.has(set.of));
  const gone = new Set(replaced.map(({ of }) => of).filter((of) => !wanted.has(of)));
  return [
    ...[...gone].map((of) => ({
      of,
      text: null,
      put: [],
      remove: before.filter((set) => set.of === of).map(({ name }) => name),
    })),
    ...imports.flatMap(({ of, text, sets }) => {
      const had = before.filter((set) => set.of === of);
      if (had.length === sets.length && sets.every((set) => had.some((one) => isSame(one, set)))) return [];
      const names = sets.map(({ name }) => name);
      return [
        { of, text, put: sets, remove: had.map(({ name }) => name).filter((name) => !names.includes(name)) },
      ];
    }),
  ];
}

function isSame({ at: _a, by: _b, ...one }: ImportedSet, { at: _c, by: _d, ...other }: ImportedSet): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
