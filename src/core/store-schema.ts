/**
 * What is stored has one schema for all of it, a number that rises when a value gets a form that an older version would misread:
 *
 * - 1: no number is stored, neither of the store nor of a value.
 * - 2: the status of a domain has its values by name.
 *
 * The store has the number of the newest version that used it, and a version that knows only a lower one leaves it alone. A value
 * whose form has changed has the number of that change as `v`, so that it is told apart wherever it is met: values of older forms are
 * read, and stored anew when they change. They may come at any time, for a process of an older version may be at work until it
 * notices; and what such a process finds with a higher number it does not touch.
 *
 * A field that an older version can do without needs no new number.
 */
export const storeSchema = 2;

/** What a store or value without a number has. */
export const firstSchema = 1;

/** Why a store or value is left alone. */
export function newerSchemaReason(found: number): string {
  return `the store has the data of a newer pinwatch (schema ${found}, and this version knows up to ${storeSchema}): run that version, or give this one a store of its own or a backup from before the upgrade`;
}
