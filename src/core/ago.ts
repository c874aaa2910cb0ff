/** `3m ago`, `in 2h`: only the largest unit. */
export function ago(time: string | null, now: number): string {
  if (time === null) return 'never';
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (!Number.isFinite(seconds)) return time;
  const size = Math.abs(seconds);
  const [unit, length] = units.find(([, most]) => size >= most) ?? ['s', 1];
  const span = `${Math.floor(size / length)}${unit}`;
  return seconds >= 0 ? `${span} ago` : `in ${span}`;
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const satisfies readonly (readonly [string, number])[];
