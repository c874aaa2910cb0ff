/**
 * All stored data shares one schema number. It rises when a value gets a form that an older version would misread:
 *
 * - 1: no number is stored, neither for the store nor for a value.
 * - 2: the status of a domain has its values by name, and its record is packed.
 * - 3: a domain names the pin sets that apply to it, and is judged by them; an older version would judge it by its own pins.
 *   Published versions are among them.
 *
 * The store has the number of the newest version that has used it, and a version that knows only a lower number does not
 * use it. A value whose form has changed has the number of that change as `v`, so that its form is known wherever it is
 * found. Values of older forms are read, and rewritten when they change. They may turn up at any time, because a process
 * of an older version may go on working until it notices. Such a process leaves values with a higher number as they are.
 *
 * A field that an older version can ignore needs no new number.
 */
export const storeSchema = 3;

/** The schema of a store or value without a number. */
export const firstSchema = 1;

/**
 * The schema of a store while a backup is restored into it: no version knows it, so that none uses the store before all of
 * it is there, older versions included.
 */
export const restoringSchema = 1_000_000_000;

const restoringReason =
  'a backup is being restored into the store, or a restore was not finished: run "pinwatch store restore" to the end, then start this process again';

/** Why a store is not used, by its schema; null: it may be used. */
export function unusableReason(found: number): string | null {
  if (found <= storeSchema) return null;
  return found === restoringSchema ? restoringReason : newerSchemaReason(found);
}

/** Why a value is not used that a newer version has stored, or all of a store. */
export function newerSchemaReason(found: number): string {
  return `the store holds data of a newer pinwatch (schema ${found}; this version knows schemas up to ${storeSchema}): run that version, or give this one its own store or a backup from before the upgrade`;
}
