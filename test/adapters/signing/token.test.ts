import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../../lab/child.ts';
import { type Ended, ended, environment, program } from '../../cli/remote/admin.ts';
import { read } from '../../docs/markdown.ts';
import { requires } from '../../support/requires.ts';

const modules = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib/softhsm2/libsofthsm2.so',
];

/** The texts of docs/signed-configuration.md, word for word: the program that signs, and how the public half is read. */
const page = read('docs/signed-configuration.md');
const [signPins = '', readPublic = ''] = [...page.matchAll(/^```text\n(.*?)^```$/gms)].map(
  ([, text = '']) => text,
);

let directory: string;
afterAll(() => rmSync(directory, { recursive: true, force: true }));

requires(
  'softhsm2-util',
  'pkcs11-tool',
  'openssl',
  'bash',
)('a PKCS#11 token', () => {
  let run: (command: string) => Promise<Ended>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pinwatch-token-'));
    mkdirSync(join(directory, 'tokens'));
    mkdirSync(join(directory, 'config'));
    writeFileSync(join(directory, 'softhsm2.conf'), `directories.tokendir = ${directory}/tokens\n`);
    writeFileSync(join(directory, 'sign-pins'), signPins, { mode: 0o755 });
    const signer = JSON.stringify([join(directory, 'sign-pins'), '{account}']);
    writeFileSync(join(directory, 'config/pinwatch.yaml'), `accounts: {}\npublish: { signer: ${signer} }\n`);
    const env = environment(directory, {
      SOFTHSM2_CONF: join(directory, 'softhsm2.conf'),
      PKCS11_MODULE: modules.find((file) => exists(file)),
      PKCS11_PIN: '9876',
    });
    run = (command) => {
      const text = `pinwatch() { '${process.execPath}' '${program}' "$@"; }\n${command}`;
      return ended([tool('bash'), '-euo', 'pipefail', '-c', text], { cwd: directory, env });
    };
    const made = await run(`
      softhsm2-util --init-token --free --label pinwatch --so-pin 123456 --pin 9876
      pkcs11-tool --module "$PKCS11_MODULE" --token-label pinwatch --login --pin 9876 \\
        --keypairgen --key-type EC:prime256v1 --label acme --id 01
      ${readPublic}
      pinwatch key root root.pem --passphrase-stdin <<< 'a passphrase in a test'
      pinwatch key certify acme.pub --with root.pem -o acme.keys --passphrase-stdin <<< 'a passphrase in a test'
      echo '{ "ver": 1, "domains": { "api.example.com": { "mode": "off" } } }' > acme.json`);
    expect(made, made.stderr).toMatchObject({ status: 0 });
  });

  const sign = (bundle: string) =>
    `pinwatch config sign acme.json --statement acme.keys --root root.pem.pub --account acme -o ${bundle} --json`;

  test('signs a bundle that apps accept', async () => {
    const signed = await run(sign('acme.pins'));
    expect(signed, signed.stderr).toMatchObject({ status: 0 });
    const { channel } = JSON.parse(signed.stdout);
    const verified = await run(`pinwatch config verify acme.pins --root root.pem.pub --channel ${channel}`);
    expect(verified).toMatchObject({ status: 0, stdout: expect.stringMatching(/^accepted\n/) });
  });

  test('with a wrong PIN nothing is signed, and its message is shown', async () => {
    const signed = await run(`export PKCS11_PIN=0000\n${sign('wrong.pins')}`);
    expect(signed).toMatchObject({ status: 2, stdout: '' });
    expect(signed.stderr).toMatch(/^Not signed: signer ".*sign-pins": .*CKR_PIN_INCORRECT/);
    expect(exists(join(directory, 'wrong.pins'))).toBe(false);
  });
});

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}
