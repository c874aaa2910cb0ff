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
import { checkAndroid } from './verify-java/android.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const java = join(root, 'verify/java');
const okhttpJars = ['/usr/share/java/okhttp.jar', '/usr/share/java/okio.jar'];

const [option, folder] = process.argv.slice(2);
try {
  if (option === '--compile' && folder !== undefined) compile(folder, ['src', 'test']);
  else if (option === undefined) testAll();
  else throw new Error(`expected nothing or --compile FOLDER, found ${JSON.stringify(option)}`);
} catch (error) {
  console.error(`verify-java: ${error.message}`);
  process.exitCode = 1;
}

function testAll() {
  const classes = mkdtempSync(join(tmpdir(), 'pinwatch-verify-java-'));
  try {
    compile(classes, ['src']);
    compile(classes, ['okhttp']);
    checkAndroid(filesBelow(classes, '.class'), join(java, 'android-api-21.txt'));
    compile(classes, ['test', 'okhttp-test']);
    test(classes, 'pinwatch.pins.AllTests', join(root, 'verify/vectors'));
    test(classes, 'pinwatch.pins.okhttp.AllOkHttpTests');
  } finally {
    rmSync(classes, { recursive: true });
  }
}

/** Each part sees what was compiled before it, so the verifier, which is first, needs nothing beside it. */
function compile(classes, parts) {
  mkdirSync(classes, { recursive: true });
  // Newer JDKs warn that Java 8 is old, which is the point.
  const options = ['--release', '8', '-encoding', 'UTF-8', '-Xlint:all,-options', '-Werror', '-d', classes];
  const path = parts.includes('src') ? classes : [classes, ...okhttpJars].join(delimiter);
  run('javac', [...options, '-cp', path, ...parts.flatMap((part) => filesBelow(join(java, part), '.java'))]);
}

function test(classes, main, ...args) {
  const fastStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  run('java', [...fastStart, '-cp', [classes, ...okhttpJars].join(delimiter), main, ...args]);
}

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();
}

function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined)
    throw new Error(`${program}: cannot be started: ${error.message} (Debian: default-jdk-headless)`);
  if (status !== 0) throw new Error(`${program}: ended with ${status ?? signal}`);
}
