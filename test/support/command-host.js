/**
 * Runs commands one after another in this process, for command-line.ts. Each is a new evaluation of the built main.js,
 * with its own arguments and environment; the modules that it imports stay loaded. It has ended when a process of its
 * own would have: when nothing keeps the event loop alive. Plain JavaScript, because Node.js runs it as it is.
 *
 *   node command-host.js <main.js>
 */
import { pathToFileURL } from 'node:url';

const main = pathToFileURL(process.argv[2] ?? '').href;
let count = 0;
let current;

for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, callback) => {
    current[name] += Buffer.isBuffer(chunk) ? chunk.toString() : chunk;
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

process.on('message', ({ args, env }) => {
  current = { stdout: '', stderr: '' };
  // In place, so that what asks the operating system sees it, too, such as os.homedir().
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, process.argv[1], ...args];
  // What Node.js itself exits with while a module still waits for something that cannot come.
  process.exitCode = 13;
  process.channel.unref();
  count += 1;
  import(`${main}?${count}`).then(
    () => {
      if (process.exitCode === 13) process.exitCode = 0;
    },
    (error) => {
      current.stderr += error?.stack ?? error;
      process.exitCode = 1;
    },
  );
});

process.on('beforeExit', (status) => {
  if (current === undefined) return;
  process.channel.ref();
  process.stdout.removeAllListeners('error');
  process.send({ status, ...current });
  current = undefined;
});
