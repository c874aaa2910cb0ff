/** One thing that is wrong with the settings, and where. */
export interface SettingProblem {
  /** As in `accounts.acme.domains[2].pins[0]`; '' for the whole file. */
  readonly path: string;
  /** What is expected there and what was found; never a secret. */
  readonly message: string;
}
