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

/** Entries whose age is looked at in each call: all of them within half a round. */
const lookedAtEach = 2;

export function createAged<V>(keptMs: number): Aged<V> {
  // Entries stay in their places. To move one behind the others when it is used would leave a gap, and whoever then looks
  // for the oldest one steps over as many gaps as there are entries.
  const entries = new Map<string, { value: V; at: number }>();
  let looking = entries.entries();

  function forgetOld(now: number): void {
    for (let looked = 0; looked < lookedAtEach; looked += 1) {
      const { value: found, done } = looking.next();
      if (done === true) {
        looking = entries.entries();
        return;
      }
      const [name, one] = found;
      if (Math.abs(now - one.at) >= keptMs) entries.delete(name);
    }
  }

  return {
    get(name, now) {
      const one = entries.get(name);
      if (one !== undefined) one.at = now;
      forgetOld(now);
      return one?.value;
    },
    set(name, value, now) {
      const one = entries.get(name);
      if (one === undefined) entries.set(name, { value, at: now });
      else {
        one.value = value;
        one.at = now;
      }
      forgetOld(now);
    },
    delete(name) {
      entries.delete(name);
    },
  };
}
