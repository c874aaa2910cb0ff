import { webcrypto } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCommandSigner } from '../../../src/adapters/signing/command-signer.ts';
import { readPublicKey } from '../../../src/adapters/signing/key-text.ts';
import { newSigningKey } from '../../../src/adapters/signing/new-key.ts';
import { signLine } from '../../../src/flow/sign/sign-line.ts';
import { SigningProblem } from '../../../src/flow/sign/signer.ts';
import { requires } from '../../support/requires.ts';

const [certified, other] = [newSigningKey(), newSigningKey()];
const { subtle } = webcrypto;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-signer-'));
  writeFileSync(join(folder, 'acme.pem'), certified.privatePem, { mode: 0o600 });
  writeFileSync(join(folder, 'other.pem'), other.privatePem, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function pointOf(pem: string): Uint8Array {
  const point = readPublicKey(pem);
  if (!point.ok) throw new Error(point.problem);
  return point.value;
}

const keys = [pointOf(certified.publicPem)];
const script = (text: string, name = 'sign') => {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
};
const line = (command: readonly string[], deadlineMs?: number) =>
  signLine('pin-config+jwt', '{"v":1}', createCommandSigner(command, 'acme', deadlineMs), keys, subtle);

requires('openssl')('openssl signs', () => {
  const sign = () => ['openssl', 'dgst', '-sha256', '-sign', join(folder, '{account}.pem')];

  test('with the account in its arguments, in DER', async () => {
    expect(await line(sign())).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}\n$/);
  });

  test('through a script, in base64', async () => {
    const file = script(`openssl dgst -sha256 -sign "${folder}/$1.pem" | openssl base64`);
    expect(await line([file, '{account}'])).toMatch(/\n$/);
  });

  test('with another key: refused before use', async () => {
    const file = script(`exec openssl dgst -sha256 -sign "${folder}/other.pem"`);
    await expect(line([file])).rejects.toThrow(
      /^signer ".*\/sign": expected a signature by key [\w-]{43}, found another$/,
    );
  });

  test('of two certified keys the one that has signed is named', async () => {
    const both = [pointOf(other.publicPem), ...keys];
    const signer = createCommandSigner(sign(), 'acme');
    const [header = ''] = (await signLine('pin-config+jwt', '{}', signer, both, subtle)).split('.');
    const [only = ''] = (await line(sign())).split('.');
    expect(header).toBe(only);
  });
});

test.each<[string, () => readonly string[], RegExp]>([
  ['is missing', () => [join(folder, 'missing')], /cannot be run: spawn .* ENOENT$/],
  ['fails', () => [script('echo "PIN locked" >&2; exit 3', 'fails')], /failed with status 3: "PIN locked"$/],
  ['fails in silence', () => [script('exit 3', 'silent')], /failed with status 3$/],
  ['is killed', () => [script('kill -9 $$', 'killed')], /failed with SIGKILL$/],
  [
    'prints something else',
    () => [script('cat >/dev/null; echo hello', 'hello')],
    /expected a signature, found 6 other bytes$/,
  ],
  [
    'prints nothing',
    () => [script('cat >/dev/null', 'nothing')],
    /expected a signature, found 0 other bytes$/,
  ],
  [
    'prints without end',
    () => [script('yes 2>/dev/null | head -c 10000000', 'much')],
    /expected a signature, found \d+ other bytes$/,
  ],
  [
    'prints a terminal escape',
    () => [script('printf "\\033[31mred" >&2; exit 1', 'red')],
    /failed with status 1: "\\u001b\[31mred"$/,
  ],
])('a command that %s', async (_, command, message) => {
  const failed = line(command());
  await expect(failed).rejects.toThrow(SigningProblem);
  await expect(failed).rejects.toThrow(message);
});

test('a command that hangs is killed, with what it has started', async () => {
  const hanging = script(`echo $$ > "${folder}/pid"; sleep 1000 & sleep 1000`, 'hangs');
  await expect(line([hanging], 300)).rejects.toThrow(/no signature within 0\.3 s$/);
});

test('the text is what the command gets', async () => {
  const file = script(`cat > "${folder}/got"; exit 1`, 'keeps');
  await expect(line([file])).rejects.toThrow(SigningProblem);
  const [header = '', payload = ''] = readFileSync(join(folder, 'got'), 'utf8').split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
    alg: 'ES256',
    typ: 'pin-config+jwt',
    kid: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(Buffer.from(payload, 'base64url').toString()).toBe('{"v":1}');
});
