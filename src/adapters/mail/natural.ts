const collator = new Intl.Collator('en', { numeric: true });

/** Names as people sort them: edge-2 before edge-10, 192.0.2.9 before 192.0.2.10. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}
