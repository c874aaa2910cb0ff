/**
 * A map that forgets what was not asked for in a while. It grows with what its owner sees, not up to a fixed number: a
 * round over more than fit would find nothing of the last one.
 */
export interface Aged<V> {
  /** Counts as use. Times are milliseconds of the same clock, which may be set back. */
  get(name: string, now: number): V | undefined;
  set(name: string, value: V, now: number): void;
  delete(name: string): void;
}

/** What is not used for `keptMs` is forgotten within as long again, as long as other entries are used. */
export function createAged<V>(keptMs: number): Aged<V> {
  // What was used since `turnedAt`, and what was not since then, but in the period before it. No entry needs a time of its
  // own, and nobody has to look through them.
  let used = new Map<string, V>();
  let before = new Map<string, V>();
  let turnedAt: number | null = null;

  function turn(now: number): void {
    turnedAt ??= now;
    const age = Math.abs(now - turnedAt);
    if (age < keptMs) return;
    before = age < 2 * keptMs ? used : new Map();
    used = new Map();
    turnedAt = now;
  }

  return {
    get(name, now) {
      turn(now);
      const known = used.get(name);
      if (known !== undefined) return known;
      const kept = before.get(name);
      if (kept !== undefined) {
        before.delete(name);
        used.set(name, kept);
      }
      return kept;
    },
    set(name, value, now) {
      turn(now);
      before.delete(name);
      used.set(name, value);
    },
    delete(name) {
      before.delete(name);
      used.delete(name);
    },
  };
}
