/**
 * The rest of a limit on work. Once something was refused, it stays exhausted, so that a caller can check afterwards.
 */
export interface Allowance {
  /** Uses up that much, and returns whether it was left. */
  take(amount: number): boolean;
  exhausted(): boolean;
}

export function createAllowance(limit: number): Allowance {
  let left = limit;
  let exhausted = false;
  return {
    take(amount) {
      exhausted ||= amount > left;
      if (!exhausted) left -= amount;
      return !exhausted;
    },
    exhausted: () => exhausted,
  };
}
