/**
 * Prepares a fresh clone for one of the npm scripts: npm packages, dist/, and the system programs that it needs.
 * Plain JavaScript without dependencies, because it runs before any are installed.
 *
 *   node scripts/bootstrap.js demo|start|test|check|pack|bench|differential|fuzz|soak|
 *                             vectors|verify:java|verify:differential
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkNode, prepareCheckout, root } from './bootstrap/checkout.js';
import { BootstrapError, say } from './bootstrap/command.js';
import { ensureTools } from './bootstrap/system.js';

/** `without`: what to do if a tool can't be had. `effect`: what follows from that. */
const TASKS = {
  // They start a Redis of their own, whatever REDIS_URL says.
  demo: { build: true, tools: () => ['redis'], without: 'stop' },
  // The service itself says what is missing, and which setting needs it.
  start: {
    build: true,
    tools: () => (process.env.REDIS_URL || configNamesRedis() ? [] : ['redis']),
    without: 'go on',
  },
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
      'jq',
      'ip',
      'tinyproxy',
      'microsocks',
      'unbound',
      'softhsm',
      'pkcs11',
      'zsh',
      'fish',
      'systemd',
      'mandoc',
      'chromium',
      'javac',
      'okhttp',
    ],
    without: 'go on',
    effect: 'the tests that need them are skipped',
  },
  check: { build: false, tools: () => [], without: 'go on' },
  pack: { build: true, tools: () => [], without: 'stop' },
  bench: { build: true, tools: () => ['redis'], without: 'stop' },
  differential: { build: true, tools: () => ['javac', 'okhttp'], without: 'stop' },
  fuzz: { build: true, tools: () => [], without: 'stop' },
  soak: {
    build: true,
    tools: () => ['redis', 'faketime'],
    without: 'go on',
    effect: 'the faults that need them are skipped',
  },
  vectors: { build: true, tools: () => [], without: 'stop' },
  'verify:java': { build: false, tools: () => ['javac', 'okhttp'], without: 'stop' },
  'verify:differential': { build: true, tools: () => ['javac'], without: 'stop' },
};

/** A rough check, not a parse: at worst it installs a redis-server that is never started. */
function configNamesRedis() {
  const file = join(root, 'config/pinwatch.yaml');
  return (
    existsSync(file) &&
    /^redis:[^\n#]*(\n\s[^\n]*)*?\b(url(File)?|sentinels):/m.test(readFileSync(file, 'utf8'))
  );
}

async function main(name) {
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (task === undefined) {
    throw new BootstrapError(
      `expected one of ${Object.keys(TASKS).join(', ')}, found ${JSON.stringify(name ?? '')}`,
    );
  }
  checkNode();
  // Before npm packages, which take most of a minute: a person who has to install something learns it at once.
  const lacking = await lackingTools(task);
  if (lacking !== undefined) {
    if (task.without === 'stop') throw new BootstrapError(lacking);
    say(lacking);
    if (task.effect !== undefined) say(task.effect);
  }
  await prepareCheckout({ withBuild: task.build });
}

async function lackingTools({ tools, without }) {
  try {
    return await ensureTools(tools());
  } catch (error) {
    if (without === 'stop' || !(error instanceof BootstrapError)) throw error;
    return error.message;
  }
}

try {
  await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
