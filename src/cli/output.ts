/** Where a command writes: results to `stdout`, everything else to `stderr`. */
export interface Output {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** `stdout` is a terminal that shows colours (and NO_COLOR is not set). */
  readonly colour: boolean;
}
