/**
 * The day that `SimpleDateFormat("yyyy-MM-dd")` finds in a text if it is not lenient, as midnight in UTC (milliseconds
 * since the epoch); null if it finds none. It takes numbers of any length and ignores what follows them.
 */
export function javaDay(text: string): number | null {
  const [, year, month, day] =
    /^[ \t]*(\d{1,9})-[ \t]*(\d{1,9})-[ \t]*(\d{1,9})/.exec(text)?.map(Number) ?? [];
  if (!year || month === undefined || day === undefined) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.getTime();
}
