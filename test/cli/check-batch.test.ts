import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { addAbortSignal, PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { freePort } from '../../lab/child.ts';
import { silent } from '../../lab/hostile.ts';
import { checkBatch } from '../../src/cli/check-batch.ts';
import { composeCheck } from '../../src/compose/probe.ts';
import { readFile } from '../../src/config/read-text.ts';
import type { Check } from '../../src/core/check.ts';
import {
  backup,
  chain,
  ecdsa,
  folder,
  issuing,
  leafFor,
  name,
  open,
  root,
  rootFile,
  rsa,
  serve,
} from './check-rig.ts';

interface Answer {
  readonly exit: number;
  readonly check?: Check;
  readonly error?: string;
}

type Input = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** A batch in this process, with what it read, probed and wrote on the way. */
async function run(input: Input, write: (text: string) => Promise<boolean> = async () => true) {
  const text = { stdout: '', stderr: '' };
  const status = await checkBatch(
    {
      stderr: (more) => {
        text.stderr += more;
      },
    },
    {
      ...composeCheck(readFile),
      read: (signal) =>
        addAbortSignal(signal, input instanceof Readable ? input : Readable.from(bytes(input))),
      write: (more) => {
        text.stdout += more;
        return write(more);
      },
    },
  );
  const answers = text.stdout.split('\n').filter(Boolean);
  return { status, stderr: text.stderr, answers: answers.map((line) => JSON.parse(line) as Answer) };
}

async function* bytes(input: Input): AsyncGenerator<Uint8Array> {
  for await (const part of input) yield typeof part === 'string' ? Buffer.from(part) : part;
}

const lines = (...requests: unknown[]) => requests.map((request) => `${JSON.stringify(request)}\n`);
const loopback = { connect: ['127.0.0.1'], caFile: rootFile };

test('each request has its answer, in order: what --json prints, and its exit status', async () => {
  const good = await serve([chain(ecdsa)]);
  const closed = await freePort();
  const { status, answers, stderr } = await run(
    lines(
      { ...loopback, target: `${name}:${good.port}`, pins: [ecdsa.pin, backup] },
      { ...loopback, target: `${name}:${closed}`, timeout: '2s' },
      { ...loopback, target: `${name}:${good.port}`, pins: [backup], keyTypes: ['ecdsa'] },
      { ...loopback, target: `${name}:${good.port}`, platforms: [] },
    ),
  );
  expect(stderr).toBe('');
  expect(answers.map(({ exit, check }) => [exit, check?.verdict, check?.endpoints.length])).toEqual([
    [0, 'match', 2],
    [2, 'unpinned', 2],
    [1, 'mismatch', 1],
    [0, 'unpinned', 2],
  ]);
  expect(Object.keys(answers[0] ?? {})).toEqual(['exit', 'check']);
  expect(answers[0]?.check?.pins).toEqual([
    { pin: ecdsa.pin, seen: true },
    { pin: backup, seen: false },
  ]);
  expect(status).toBe(1);
});

test('a host that does not answer delays no other, and the order stays', async () => {
  const good = await serve([chain(ecdsa)]);
  const quiet = await silent({ host: '127.0.0.2' });
  open.push(quiet);
  const slow = { target: `${name}:${quiet.port}`, connect: ['127.0.0.2'], timeout: '1s' };
  const quick = { ...loopback, target: `${name}:${good.port}` };
  const { answers } = await run(lines(slow, ...Array(40).fill(quick), slow, quick));
  const exits = answers.map(({ exit }) => exit);
  expect(exits).toEqual([2, ...Array(40).fill(0), 2, 0]);
});

test.each<[string, string | Uint8Array, string]>([
  ['no JSON', 'api.example.com', 'expected a JSON object on one line, found "api.example.com"'],
  ['another JSON value', '["a.example"]', 'expected a JSON object, found a list'],
  ['null', 'null', 'expected a JSON object, found nothing'],
  ['no target', '{}', 'target: expected a host such as api.example.com, found nothing'],
  ['an unknown member', '{"target":"a.example","pin":[]}', 'pin: unknown key, did you mean pins?'],
  [
    'a member of every object of JavaScript',
    '{"target":"a.example","__proto__":{},"constructor":1}',
    '__proto__: unknown key, expected one of target, pins, connect, caFile, keyTypes, alpn, timeout, platforms, pinsFrom, format, okhttp; constructor: unknown key, expected one of target, pins, connect, caFile, keyTypes, alpn, timeout, platforms, pinsFrom, format, okhttp',
  ],
  [
    'a URL',
    '{"target":"https://a.example/v1"}',
    'target: "https://a.example/v1" is not a host: did you mean a.example?',
  ],
  ['a target of another type', '{"target":7}', 'target: expected a host such as api.example.com, found 7'],
  [
    'wrong lists, all at once',
    '{"target":"a.example","pins":"x","connect":["b.example"],"keyTypes":["dsa"],"platforms":["windows"]}',
    'pins: expected a list of pins, found "x"; connect[0]: expected an IP address such as 192.0.2.10 or 2001:db8::10, found "b.example"; keyTypes[0]: expected one of ecdsa, rsa, eddsa, found "dsa"; platforms[0]: expected one of android, ios, found "windows"',
  ],
  [
    'no key type',
    '{"target":"a.example","keyTypes":[]}',
    'keyTypes: expected at least one of ecdsa, rsa, eddsa',
  ],
  [
    'a bad ALPN protocol',
    '{"target":"a.example","alpn":["h2",""]}',
    'alpn[1]: expected an ALPN protocol such as h2 or http/1.1 (1 to 255 ASCII characters, no spaces), found ""',
  ],
  [
    'a timeout without its unit',
    '{"target":"a.example","timeout":5}',
    'timeout: expected a duration such as 500ms, 10s, 15m or 1h30m, found "5": the unit is missing (ms, s, m, h or d)',
  ],
  [
    'a timeout that is too long',
    '{"target":"a.example","timeout":"6m"}',
    'timeout: expected a duration from 1ms to 5m, found "6m"',
  ],
  [
    'null for a member',
    '{"target":"a.example","caFile":null}',
    'caFile: expected the path of a file, found nothing',
  ],
  [
    'a file that is not there; no variable is replaced in its name',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable in a configuration looks like this
    '{"target":"a.example","caFile":"${HOME}/nowhere.pem"}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    'caFile: "${HOME}/nowhere.pem" cannot be read: no such file (ENOENT)',
  ],
  ['bytes that are not text', Uint8Array.of(0xff, 0xfe), 'expected UTF-8 text, found other bytes'],
  [
    'a line that is too long',
    `{"target":"${'a'.repeat(70_000)}"}`,
    'expected a line of at most 65536 bytes, found one of 70013',
  ],
])('%s: 64 and an error that names it, and the batch goes on', async (_, line, error) => {
  const { status, answers } = await run([line, '\n', ...lines({ target: 'a.example', pins: ['no pin'] })]);
  expect(answers).toHaveLength(2);
  expect(answers[0]).toEqual({ exit: 64, error });
  expect(answers[1]?.error).toMatch(/^pins\[0\]: /);
  expect(status).toBe(64);
});

test('an error is not many times as long as its request', async () => {
  const members = Array.from({ length: 5_000 }, (_, index) => `"m${index}":1`);
  const { answers } = await run([`{${members.join(',')}}\n`]);
  expect(answers[0]?.error).toMatch(/; and 4993 more$/);
});

test('lines may come in any pieces; empty ones are skipped, and the last needs no line end', async () => {
  const text = '\n {"target":"é.example","pins":["x"]}\r\n\n\t\n[]\n\n{}';
  const whole = await run([text]);
  expect(whole.answers).toHaveLength(3);
  const byByte = await run(Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)));
  expect(byByte).toEqual(whole);
});

test('without any request nothing is determined', async () => {
  for (const input of [[], ['\n\n']]) {
    const { status, stderr } = await run(input);
    expect(status).toBe(2);
    expect(stderr).toBe('standard input: expected a request on each line, found none\n');
  }
});

test('nothing is remembered: neither a chain nor a CA file', async () => {
  const server = await serve([chain(ecdsa), chain(rsa)]);
  const caFile = join(folder, 'batch.pem');
  writeFileSync(caFile, root.pem);
  const request = {
    connect: ['127.0.0.1'],
    caFile,
    target: `${name}:${server.port}`,
    pins: [ecdsa.pin, rsa.pin],
  };
  const answered: (() => void)[] = [];
  const answer = () => new Promise<void>((resolve) => answered.push(resolve));
  async function* input() {
    yield* lines(request);
    await answer();
    server.rotate([chain(leafFor()), chain(leafFor({ algorithm: 'rsa-2048' }))]);
    yield* lines(request);
    await answer();
    writeFileSync(caFile, issuing.pem + root.pem);
    server.rotate([chain(ecdsa), chain(rsa)]);
    yield* lines(request);
    await answer();
    writeFileSync(caFile, 'no longer PEM');
    yield* lines(request);
  }
  const { answers, stderr } = await run(input(), async () => {
    answered.shift()?.();
    return true;
  });
  expect(answers.map(({ exit }) => exit)).toEqual([0, 1, 0, 64]);
  expect(stderr).toBe(
    'line 3: caFile: 1 certificate is not self-signed and not used as a trust anchor; this warning is not repeated\n',
  );
});

test('a reader that takes nothing pauses the input', async () => {
  const closed = await freePort();
  const request = lines({ target: `a.example:${closed}`, connect: ['127.0.0.1'] }).join('');
  let given = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* input() {
    for (; given < 2_000; given += 1) yield request;
  }
  // All queues are full when nothing is read any more, over many turns of the event loop.
  const running = run(input(), () => held.then(() => true));
  let before = -1;
  while (before !== given || given === 0) {
    before = given;
    await run(lines({ target: `a.example:${closed}`, connect: ['127.0.0.1'] }));
  }
  expect(given).toBeLessThan(400);
  release();
  const { answers } = await running;
  expect(answers).toHaveLength(2_000);
});

test('a reader that has gone ends it, even if the input goes on; unanswered requests are undetermined', async () => {
  const good = await serve([chain(ecdsa)]);
  const quiet = await silent({ host: '127.0.0.2' });
  open.push(quiet);
  const request = { ...loopback, target: `${name}:${good.port}` };
  const held = { target: `${name}:${quiet.port}`, connect: ['127.0.0.2'], timeout: '5m' };
  // Its writer never ends it.
  const endless = new PassThrough();
  endless.write(lines(request, request, held).join(''));
  let taken = 0;
  const { status } = await run(endless, async () => {
    taken += 1;
    return taken < 2;
  });
  expect(status).toBe(2);
});

/** The program as users start it. */
function start(): ChildProcess {
  return spawn(process.execPath, ['bin/pinwatch.js', 'check', '--batch'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

test('as a program: an answer comes as soon as it is known, and Ctrl-C ends it', async () => {
  const child = start();
  const answers = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
  for (const text of ['{}', '[]']) {
    child.stdin?.write(`${text}\n`);
    const { value } = await answers.next();
    expect(JSON.parse(value as string)).toMatchObject({ exit: 64 });
  }
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([null, 'SIGINT']);
});

test('as a program: with its reader gone it ends, while the writer goes on', async () => {
  const child = start();
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close');
  const write = () => {
    if (child.stdin?.writable) child.stdin.write('{}\n', () => setImmediate(write));
  };
  write();
  await once(child.stdout as Readable, 'data');
  child.stdout?.destroy();
  expect(await ended).toEqual([64, null]);
});

test('pinsFrom: judged with the pins of an app as well; a file that its code refuses is 64', async () => {
  const server = await serve([chain(ecdsa)]);
  const source = (pin: string) => `CertificatePinner.Builder().add("**.lab.example", "${pin}").build()`;
  const [good, bad] = [join(folder, 'Good.kt'), join(folder, 'Bad.kt')];
  writeFileSync(good, source(ecdsa.pin));
  writeFileSync(bad, source(backup));
  const request = { ...loopback, target: `${name}:${server.port}` };
  const { status, answers } = await run(
    lines(
      { ...request, pinsFrom: good, okhttp: '4.12' },
      { ...request, pinsFrom: bad, okhttp: '4.12', format: 'okhttp' },
      { ...request, pinsFrom: bad },
      { ...request, okhttp: '4.12' },
    ),
  );
  expect(answers.map(({ exit }) => exit)).toEqual([0, 1, 64, 64]);
  expect(answers[0]?.check?.pinSets?.[0]).toMatchObject({ name: 'Good.kt', verdict: 'match' });
  expect(answers[2]?.error).toMatch(/^pinsFrom: .*Bad\.kt:1:33: "\*\*\.lab\.example" pins every host below/);
  expect(answers[3]?.error).toBe('okhttp: expected pinsFrom with it, found none');
  expect(status).toBe(1);
});
