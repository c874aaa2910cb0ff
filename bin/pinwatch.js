#!/usr/bin/env node
import { existsSync } from 'node:fs';

// First of all: without a handler the kernel keeps these signals from process 1 of a container, and kills any other
// process with another status than that of a stop. Nothing has been started yet that would have to be closed. Whoever
// else listens, as the service does from its first line on, has taken over.
if (['run', 'server', 'worker'].includes(process.argv[2] ?? '')) {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(0);
    });
  }
}

// Node's own status for whatever goes wrong here would be 1, which says that apps fail: 69 is «cannot start», 70 a bug.
try {
  // In a checkout, dist/ follows the sources; what is installed has no sources and is run as it is.
  if (existsSync(new URL('../src/', import.meta.url))) await prepare();
  await import('../dist/src/main.js');
} catch (error) {
  process.stderr.write(`pinwatch: ${error instanceof Error ? error.stack : error}\n`);
  process.exit(70);
}

async function prepare() {
  const [{ prepareCheckout }, { BootstrapError, say }] = await Promise.all([
    import('../scripts/bootstrap/checkout.js'),
    import('../scripts/bootstrap/command.js'),
  ]);
  try {
    await prepareCheckout({ withBuild: true });
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exit(69);
  }
}
