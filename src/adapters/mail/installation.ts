/** What each mail says of the installation that it comes from. */
export interface Installation {
  /** The sender: `pinwatch@example.com` or `pinwatch <pinwatch@example.com>`. */
  readonly from: string;
  /** Where people reach it, without a slash at its end. */
  readonly publicUrl?: string | null;
  /** Where the runbook is, whose headings are the codes. */
  readonly runbookUrl?: string | null;
}
