#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout, dist/ follows the sources; what is installed has no sources and is run as it is.
if (existsSync(new URL('../src/', import.meta.url))) {
  const [{ prepareCheckout }, { BootstrapError, say }] = await Promise.all([
    import('../scripts/bootstrap/checkout.js'),
    import('../scripts/bootstrap/command.js'),
  ]);
  try {
    await prepareCheckout({ withBuild: true });
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exit(1);
  }
}
await import('../dist/src/main.js');
