import { noProgress, type Progress, type StartProgress } from './progress.ts';

/** Where a command writes: results to `stdout`, everything else to `stderr`. */
export interface Output {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** `stdout` is a terminal that shows colours (and NO_COLOR is not set). */
  readonly colour: boolean;
  /** `stderr` is a terminal: what takes long is shown there. */
  readonly progress?: StartProgress;
}

/** Shown only to a person: not with `--json` or `--quiet`. */
export function progressOf(
  { progress = noProgress }: Pick<Output, 'progress'>,
  { json, quiet }: { readonly json?: boolean; readonly quiet?: boolean },
  what: string,
): Progress {
  return (json || quiet ? noProgress : progress)(what);
}

export async function withProgress<T>(
  output: Pick<Output, 'progress'>,
  options: { readonly json?: boolean; readonly quiet?: boolean },
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const progress = progressOf(output, options, what);
  try {
    return await work();
  } finally {
    progress.end();
  }
}
