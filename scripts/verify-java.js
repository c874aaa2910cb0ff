/**
 * Compiles verify/java for Java 8, and runs its tests and all vectors: those of the verifier and client, and those
 * of the OkHttp integration. Needs a JDK and Debian's libokhttp-java.
 *
 *   node scripts/verify-java.js                    prints counts; exit status 1 if a test failed
 *   node scripts/verify-java.js --compile FOLDER   only compiles the verifier and its tests, into FOLDER
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const java = join(root, 'verify/java');
const okhttpJars = ['/usr/share/java/okhttp.jar', '/usr/share/java/okio.jar'];

const [option, folder] = process.argv.slice(2);
try {
  if (option === '--compile' && folder !== undefined) compile(folder, ['test']);
  else if (option === undefined) testAll();
  else throw new Error(`expected nothing or --compile FOLDER, found ${JSON.stringify(option)}`);
} catch (error) {
  console.error(`verify-java: ${error.message}`);
  process.exitCode = 1;
}

function testAll() {
  const classes = mkdtempSync(join(tmpdir(), 'pinwatch-verify-java-'));
  try {
    compile(classes, ['test', 'okhttp', 'okhttp-test']);
    test(classes, 'pinwatch.pins.AllTests', join(root, 'verify/vectors'));
    test(classes, 'pinwatch.pins.okhttp.AllOkHttpTests');
  } finally {
    rmSync(classes, { recursive: true });
  }
}

/** The verifier without anything beside it, so that it needs nothing; then the other parts, which see it. */
function compile(classes, parts) {
  mkdirSync(classes, { recursive: true });
  // Newer JDKs warn that Java 8 is old, which is the point.
  const options = ['--release', '8', '-encoding', 'UTF-8', '-Xlint:all,-options', '-Werror', '-d', classes];
  run('javac', [...options, ...sources('src')]);
  run('javac', [...options, '-cp', [classes, ...okhttpJars].join(delimiter), ...parts.flatMap(sources)]);
}

function test(classes, main, ...args) {
  const options = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-ea',
    '-cp',
    [classes, ...okhttpJars].join(delimiter),
  ];
  run('java', [...options, main, ...args]);
}

function sources(part) {
  return readdirSync(join(java, part), { recursive: true })
    .filter((file) => file.endsWith('.java'))
    .map((file) => join(java, part, file))
    .sort();
}

function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined)
    throw new Error(`${program}: cannot be started: ${error.message} (Debian: default-jdk-headless)`);
  if (status !== 0) throw new Error(`${program}: ended with ${status ?? signal}`);
}
