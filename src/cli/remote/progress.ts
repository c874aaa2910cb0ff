/** A progress bar on standard error while many probes run: only on a terminal, and removed at the end. */
const width = 30;

export interface Progress {
  show(done: number, of: number): void;
  end(): void;
}

export function progressBar(write: (text: string) => void): Progress {
  return {
    show(done, of) {
      const filled = of === 0 ? width : Math.floor((done / of) * width);
      write(`\r\u001b[K[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${done}/${of}`);
    },
    end: () => write('\r\u001b[K'),
  };
}
