/** What each mail says about the installation that sent it. */
export interface Installation {
  /** The sender: `pinwatch@example.com` or `pinwatch <pinwatch@example.com>`. */
  readonly from: string;
  /** Where people reach it, without a trailing slash. */
  readonly publicUrl?: string | null;
  /** Where the runbook is; its headings are the finding codes. */
  readonly runbookUrl?: string | null;
}
