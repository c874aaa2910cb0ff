#!/usr/bin/env node
import { existsSync } from 'node:fs';

// This comes first: without a handler, the kernel does not deliver these signals to process 1 of a container, and kills
// any other process with a status that does not mean a stop. Nothing is running yet that would have to be closed. Once
// there is another listener, such as the service's, that one decides.
if (['run', 'server', 'worker'].includes(process.argv[2] ?? '')) {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(0);
    });
  }
  // Nothing was read that could be read again.
  process.on('SIGHUP', () => {});
}

// Node's own status for an error here would be 1, which means that apps fail. 69 means "cannot start", 70 a bug.
try {
  // In a checkout, dist/ follows the sources; an installed package has no sources and runs as it is.
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
