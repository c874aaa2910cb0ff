/** Programs from outside npm: found, or installed with the system's package manager if this process may. */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { BootstrapError, mustRun, run, say, withCleanup } from './command.js';

/** Any of `commands` will do, a name on PATH or a file's path; `packages` names the package per package manager. */
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
  softhsm: {
    commands: ['softhsm2-util'],
    packages: { 'apt-get': 'softhsm2', apk: 'softhsm', dnf: 'softhsm' },
  },
  pkcs11: { commands: ['pkcs11-tool'], packages: { 'apt-get': 'opensc', apk: 'opensc', dnf: 'opensc' } },
  systemd: { commands: ['systemd-analyze'], packages: { 'apt-get': 'systemd', dnf: 'systemd' } },
  mandoc: { commands: ['mandoc'], packages: { 'apt-get': 'mandoc', apk: 'mandoc', dnf: 'mandoc' } },
  tinyproxy: {
    commands: ['tinyproxy'],
    packages: { 'apt-get': 'tinyproxy', apk: 'tinyproxy', dnf: 'tinyproxy' },
  },
  microsocks: { commands: ['microsocks'], packages: { 'apt-get': 'microsocks', apk: 'microsocks' } },
  // Debian's package is for /usr/sbin.
  unbound: {
    commands: ['unbound', '/usr/sbin/unbound'],
    packages: { 'apt-get': 'unbound', apk: 'unbound', dnf: 'unbound' },
  },
  chromium: {
    commands: ['chromium'],
    packages: { 'apt-get': 'chromium', apk: 'chromium', dnf: 'chromium' },
  },
  ip: {
    commands: ['ip', '/usr/sbin/ip'],
    packages: { 'apt-get': 'iproute2', apk: 'iproute2', dnf: 'iproute' },
  },
  jq: { commands: ['jq'], packages: { 'apt-get': 'jq', apk: 'jq', dnf: 'jq' } },
  javac: {
    commands: ['javac'],
    packages: { 'apt-get': 'default-jdk-headless', apk: 'openjdk17-jdk', dnf: 'java-latest-openjdk-devel' },
  },
  // Not a program but a library for the JVM, at Debian's path.
  okhttp: { commands: ['/usr/share/java/okhttp.jar'], packages: { 'apt-get': 'libokhttp-java' } },
};

const INSTALL = {
  'apt-get': ['install', '-y', '--no-install-recommends'],
  apk: ['add'],
  dnf: ['install', '-y'],
};

/** Installs missing tools. Returns a message about those still missing, with what to do, or undefined. */
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
  '#!/bin/sh\n# pinwatch bootstrap: packages are installed for their programs only\nexit 101\n';

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  // A failed update is only reported with a failed install: the existing lists may be enough.
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

/** Debian also starts a package's service at the next boot; only the programs are needed here. */
async function leaveDisabled(packages) {
  if (!existsSync('/run/systemd/system')) return;
  // Fails for a package without a unit of its name, which does not affect the others.
  for (const name of packages) await run('systemctl', ['disable', '--quiet', `${name}.service`]);
}

/** Debian starts a service on installation unless policy-rc.d exits with 101: this installs such a file meanwhile. */
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

// Debian keeps daemons in directories that are not on an ordinary user's PATH.
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
        return false; // missing, or not executable for this user
      }
    });
}
