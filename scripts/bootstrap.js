/**
 * Makes a fresh clone ready for one of the npm scripts: npm packages, dist/, and the programs that it needs
 * from the system. Plain JavaScript without dependencies, because it runs before there are any.
 *
 *   node scripts/bootstrap.js demo|start|test|check|bench|differential|fuzz
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCheckout, root } from './bootstrap/checkout.js';
import { BootstrapError, say } from './bootstrap/command.js';
import { ensureTools } from './bootstrap/system.js';

/** `without`: whether the task can go on if a tool can't be had. */
const TASKS = {
  demo: { build: true, tools: () => localRedis(), without: 'stop' },
  // The service itself explains what it lacks, and from which setting that follows.
  start: { build: true, tools: () => (configNamesRedis() ? [] : localRedis()), without: 'go on' },
  // Tests that need a tool that is not there are skipped, or fail under CI=true, and name it.
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
  fuzz: { build: true, tools: () => [], without: 'stop' },
};

function localRedis() {
  return process.env.REDIS_URL ? [] : ['redis'];
}

/** A look, not a parse: at worst a redis-server is installed that nobody starts. */
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
