/** Programs from outside npm: found, or installed with the system's package manager where this process may. */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { BootstrapError, mustRun, run, say, withCleanup } from './command.js';

/** By what each is called on disk (any of `commands` will do, a name on PATH or a file's path), and in which package each system has it. */
const TOOLS = {
  redis: {
    commands: ['redis-server', 'valkey-server'],
    packages: { 'apt-get': 'redis-server', apk: 'redis', dnf: 'redis' },
  },
  nginx: { commands: ['nginx'], packages: { 'apt-get': 'nginx', apk: 'nginx', dnf: 'nginx' } },
  promtool: { commands: ['promtool'], packages: { 'apt-get': 'prometheus' } },
  amtool: { commands: ['amtool'], packages: { 'apt-get': 'prometheus-alertmanager' } },
  zsh: { commands: ['zsh'], packages: { 'apt-get': 'zsh', apk: 'zsh', dnf: 'zsh' } },
  fish: { commands: ['fish'], packages: { 'apt-get': 'fish', apk: 'fish', dnf: 'fish' } },
  faketime: {
    commands: ['faketime'],
    packages: { 'apt-get': 'faketime', apk: 'libfaketime', dnf: 'libfaketime' },
  },
  openssl: { commands: ['openssl'], packages: { 'apt-get': 'openssl', apk: 'openssl', dnf: 'openssl' } },
  javac: {
    commands: ['javac'],
    packages: { 'apt-get': 'default-jdk-headless', apk: 'openjdk17-jdk', dnf: 'java-latest-openjdk-devel' },
  },
  // No program: a library for the JVM, where Debian puts it.
  okhttp: { commands: ['/usr/share/java/okhttp.jar'], packages: { 'apt-get': 'libokhttp-java' } },
};

const INSTALL = {
  'apt-get': ['install', '-y', '--no-install-recommends'],
  apk: ['add'],
  dnf: ['install', '-y'],
};

/** Makes sure of these tools. Returns what is still lacking, and what to do about it, or undefined. */
export async function ensureTools(names) {
  const lacking = names.filter((name) => !isThere(name));
  if (lacking.length === 0) return undefined;
  const manager = Object.keys(INSTALL).find((name) => find(name) !== undefined);
  const packages = lacking.flatMap((name) => TOOLS[name].packages[manager] ?? []);
  const asRoot = process.getuid?.() === 0;
  if (asRoot && packages.length > 0) {
    say(`installing ${packages.join(', ')} (${manager}); their services are not started`);
    await (manager === 'apt-get'
      ? aptInstall(packages)
      : mustRun(manager, [...INSTALL[manager], ...packages]));
  }
  const left = lacking.filter((name) => !isThere(name));
  if (left.length === 0) return undefined;
  const what = left.map((name) => TOOLS[name].commands.join(' or ')).join(', ');
  return `not found: ${what}. ${advice(manager, packages)}`;
}

function advice(manager, packages) {
  if (manager === undefined || packages.length === 0) return 'Install them and put them on PATH.';
  const install = `${manager} ${[...INSTALL[manager], ...packages].join(' ')}`;
  return `As root: ${manager === 'apt-get' ? 'apt-get update && ' : ''}${install}`;
}

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_SCRIPT =
  '#!/bin/sh\n# pinwatch bootstrap: packages are installed for their programs alone\nexit 101\n';

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  // An update that fails is told only with an install that fails: the lists at hand may do.
  const update = await run('apt-get', [...patience, 'update'], { env });
  const install = () => run('apt-get', [...patience, ...INSTALL['apt-get'], ...packages], { env });
  const { status, output } = await withoutServices(install);
  if (status !== 0) {
    const before =
      update.status === 0 ? '' : `\napt-get update: failed with status ${update.status}\n${update.output}`;
    throw new BootstrapError(
      `apt-get install ${packages.join(' ')}: failed with status ${status}\n${output}${before}`,
    );
  }
  await leaveDisabled(packages);
}

/** Debian also has a package's service started at the next boot; these programs are wanted for themselves. */
async function leaveDisabled(packages) {
  if (!existsSync('/run/systemd/system')) return;
  // A package without a unit of its name makes this fail, which changes nothing for the others.
  for (const name of packages) await run('systemctl', ['disable', '--quiet', `${name}.service`]);
}

/** Debian starts a service as soon as it is installed, unless policy-rc.d says 101: that file is put there for the while. */
async function withoutServices(work) {
  const own = existsSync(POLICY) && readFileSync(POLICY, 'utf8') === POLICY_SCRIPT; // left by a run that was killed
  if (existsSync(POLICY) && !own) return work();
  return withCleanup(
    () => {
      writeFileSync(POLICY, POLICY_SCRIPT, { mode: 0o755 });
      return work();
    },
    () => rmSync(POLICY, { force: true }),
  );
}

function isThere(name) {
  return TOOLS[name].commands.some((command) => find(command) !== undefined);
}

// Debian keeps daemons where an ordinary user's PATH does not look.
const DAEMONS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function find(command) {
  if (isAbsolute(command)) return existsSync(command) ? command : undefined;
  return [...(process.env.PATH ?? '').split(delimiter), ...DAEMONS]
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false; // not there, or not ours to run
      }
    });
}
