/** The beginning of a day such as `2027-03-01` in UTC, in milliseconds since the epoch; null if it is none. */
export function startOfDay(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  // 30 February is read as a day in March.
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text) ? at : null;
}

export const dayMs = 86_400_000;
