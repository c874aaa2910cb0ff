/** The signals that a running role answers. */
import { exitStatus } from './cli/usage.ts';

/** Resolves with the first SIGINT or SIGTERM. A later one ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  let since: number | undefined;
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      since ??= performance.now();
      // npm forwards the Ctrl-C that the terminal also sends to this process: one key press, two signals.
      if (performance.now() - since > 1_000) process.exit(exitStatus.failure);
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}

/** SIGHUP, which asks for a reload. One that comes before there is anything to reload is remembered. */
export function hangUpSignals(): { follow(listener: () => void): void } {
  let isPending = false;
  let onHangUp = () => {
    isPending = true;
  };
  process.on('SIGHUP', () => onHangUp());
  return {
    follow(listener) {
      onHangUp = listener;
      if (isPending) listener();
    },
  };
}
