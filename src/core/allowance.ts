/** What is left of a limit on work. Once something was refused it stays exhausted, so that a caller can ask afterwards. */
export interface Allowance {
  /** Whether that much may still be done; it is used up then. */
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
