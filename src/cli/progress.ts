/**
 * A line on a terminal's standard error while something takes longer than a second, or has several parts; removed at the
 * end.
 */
const barWidth = 30;
const tickMs = 1_000;

export interface Progress {
  step(done: number, of: number): void;
  /** Removes the line before something else is printed; it comes back within a second. */
  hide(): void;
  end(): void;
}

export type StartProgress = (what: string) => Progress;

/** Without a terminal, and with `--json` or `--quiet`. */
export const noProgress: StartProgress = () => ({ step() {}, hide() {}, end() {} });

/** `columns` is the terminal's width: a longer line could not be removed. */
export function terminalProgress(
  write: (text: string) => void,
  columns: () => number,
  clock: () => number,
): StartProgress {
  return (what) => {
    const startedAt = clock();
    let isShown = false;
    let counted: { readonly done: number; readonly of: number } | null = null;
    const draw = () => {
      const seconds = Math.round((clock() - startedAt) / 1_000);
      if (seconds < 1 && counted === null) return;
      const line = `${counted === null ? '' : `${bar(counted)} `}${what}${seconds < 1 ? '' : `, ${seconds} s`}`;
      write(`${erased}${line.slice(0, Math.max(0, columns() - 1))}`);
      isShown = true;
    };
    const hide = () => {
      if (isShown) write(erased);
      isShown = false;
    };
    const timer = setInterval(draw, tickMs);
    timer.unref();
    return {
      step(done, of) {
        counted = of > 1 ? { done, of } : null;
        draw();
      },
      hide,
      end() {
        clearInterval(timer);
        hide();
      },
    };
  };
}

const erased = '\r\u001b[K';

function bar({ done, of }: { readonly done: number; readonly of: number }): string {
  const filled = Math.floor((done / of) * barWidth);
  return `[${'#'.repeat(filled)}${' '.repeat(barWidth - filled)}] ${done}/${of}`;
}
