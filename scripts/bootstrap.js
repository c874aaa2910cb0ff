/**
 * Prepares a fresh clone for one of the npm scripts: npm packages, dist/, and the system programs that it needs.
 * Plain JavaScript without dependencies, because it runs before any are installed.
 *
 *   node scripts/bootstrap.js demo|start|test|check|bench|differential
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCheckout, root } from './bootstrap/checkout.js';
import { BootstrapError, say } from './bootstrap/command.js';
import { ensureTools } from './bootstrap/system.js';

/** `without`: what to do if a tool is missing and can't be installed. */
const TASKS = {
  demo: { build: true, tools: () => localRedis(), without: 'stop' },
  // The service itself says what is missing, and which setting needs it.
  start: { build: true, tools: () => (configNamesRedis() ? [] : localRedis()), without: 'go on' },
  // Tests that need a missing tool are skipped, or fail under CI=true, and name it.
  test: {
    build: true,
    tools: () => [
      'redis',
      'nginx',
      'promtool',
      'amtool',
      'openssl',
      'faketime',
      'zsh',
      'fish',
      'javac',
      'okhttp',
    ],
    without: 'go on',
  },
  check: { build: false, tools: () => [], without: 'go on' },
  bench: { build: true, tools: () => localRedis(), without: 'stop' },
  differential: { build: true, tools: () => ['javac', 'okhttp'], without: 'stop' },
};

function localRedis() {
  return process.env.REDIS_URL ? [] : ['redis'];
}

/** A rough check, not a parse: at worst it installs a redis-server that is never started. */
function configNamesRedis() {
  const file = join(root, 'config/pinwatch.yaml');
  return existsSync(file) && /^redis:[^\n#]*(\n\s[^\n]*)*?\burl(File)?:/m.test(readFileSync(file, 'utf8'));
}

async function main(name) {
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (task === undefined) {
    throw new BootstrapError(
      `expected one of ${Object.keys(TASKS).join(', ')}, found ${JSON.stringify(name ?? '')}`,
    );
  }
  await prepareCheckout({ withBuild: task.build });
  let lacking;
  try {
    lacking = await ensureTools(task.tools());
  } catch (error) {
    if (task.without === 'stop' || !(error instanceof BootstrapError)) throw error;
    lacking = error.message;
  }
  if (lacking === undefined) return;
  if (task.without === 'stop') throw new BootstrapError(lacking);
  say(lacking);
}

try {
  await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
