import { expect, test } from 'vitest';
import { freePort, sharedPort } from '../../lab/child.ts';
import {
  backup,
  chain,
  ecdsa,
  esc,
  issuing,
  leafFor,
  look,
  name,
  parse,
  root,
  rsa,
  run,
  serve,
  stray,
} from './check-rig.ts';

test('the table leads with the answer, then what differs; alike endpoints are one entry', async () => {
  const port = await sharedPort(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  const good = await serve([chain(ecdsa)], '127.0.0.1', port);
  await serve([chain(ecdsa)], '127.0.0.2', good.port);
  const other = leafFor();
  await serve([chain(other)], '127.0.0.3', good.port);
  const connect = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const { stdout } = await look(good, { connect, keyType: ['ecdsa'], pin: [ecdsa.pin, backup] });
  const lines = stdout.split('\n');
  expect(lines.slice(0, 6)).toEqual([
    `FAIL      ${name}:${good.port}`,
    '          apps with these pins fail on some endpoints or connections (verdict:',
    '          mismatch)',
    '',
    'critical  pin_mismatch_partial',
    '          no pinned key is on the validated path of 1 of 3 endpoints (127.0.0.3',
  ]);
  const at = (text: string) => lines.findIndex((line) => line.startsWith(text));
  expect(at('endpoint  127.0.0.3 ecdsa')).toBeLessThan(at('endpoints 127.0.0.1 ecdsa, 127.0.0.2 ecdsa'));
  expect(at('endpoint  127.0.0.3 ecdsa')).toBeGreaterThan(0);
  expect(stdout).toContain(`pinned    ${ecdsa.pin}  seen\n          ${backup}  not seen\n`);
  expect(stdout).toContain(
    `  leaf    CN=${name}\n          ${ecdsa.pin}  ← pinned\n          EC P-256, until `,
  );
  expect(stdout).toContain(`  issuer  CN=Lab Intermediate\n          ${issuing.issued.pin}\n`);
  expect(stdout).toContain(
    `  root    CN=Lab Root\n          ${root.issued.pin}\n          from the trust store\n`,
  );
  expect(stdout.endsWith('\n') && !stdout.endsWith('\n\n')).toBe(true);
});

test('the table says what a trust problem means, and marks a stray certificate', async () => {
  const untrusted = await look(await serve([[ecdsa]]), { pin: [ecdsa.pin, backup] });
  expect(untrusted.stdout).toMatch(
    /^FAIL {6}.*\n {10}some apps cannot connect: an intermediate certificate is not sent/,
  );
  const sent = await look(await serve([chain(ecdsa, stray)]), { pin: [stray.pin] });
  expect(sent.stdout).toContain(`  stray   CN=Stray Root\n          ${stray.pin}\n`);
  const nothing = await run(`${name}:${await freePort()}`, { connect: ['127.0.0.1'] });
  expect(nothing.stdout).toMatch(/^UNKNOWN {3}.*\n {10}no endpoint could be judged/);
});

test('an untrusted root is a root, in the JSON and in the table', async () => {
  const server = await serve([chain(ecdsa, root.issued)]);
  // Without the file of the lab's root.
  const options = { connect: ['127.0.0.1'], pin: [root.issued.pin] };
  const json = await run(`${name}:${server.port}`, { ...options, json: true });
  expect(parse(json).endpoints).toMatchObject([
    { trustError: 'SELF_SIGNED_CERT_IN_CHAIN', matched: { pin: root.issued.pin, position: 'root' } },
    { failure: { code: 'key_type_not_served' } },
  ]);
  const table = await run(`${name}:${server.port}`, options);
  expect(table.stdout).toContain(`  root    CN=Lab Root\n          ${root.issued.pin}  ← pinned\n`);
});

test('no line is over 80 columns except what must not be broken, and nothing is cut', async () => {
  const server = await serve([chain(ecdsa), chain(rsa)]);
  const { stdout } = await look(server, { pin: [stray.pin], connect: ['127.0.0.1', '127.0.0.9', '::1'] });
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  for (const pin of [stray.pin, ecdsa.pin, rsa.pin]) expect(stdout).toContain(pin);
});

test('control characters of a subject do not reach the terminal', async () => {
  const value = '\u001b[31mred\u001b[0m\r\nOK   forged\u0007\u202e';
  const server = await serve([chain(leafFor({ subject: [{ type: 'CN', value }] }))]);
  for (const json of [true, false]) {
    const { stdout } = await look(server, { json });
    expect(stdout).toContain('red');
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    expect(stdout).not.toMatch(/^OK {3}forged/m);
  }
});

test('colour only if the output shows it, and it changes no word', async () => {
  const server = await serve([chain(ecdsa)]);
  const plain = await look(server, { pin: [backup] });
  const coloured = await look(server, { pin: [backup] }, true);
  const json = await look(server, { pin: [backup], json: true }, true);
  const escapes = new RegExp(`${esc}\\[\\d+m`, 'g');
  const words = (text: string) => text.replace(/\d+ ms/g, 'n ms');
  expect(plain.stdout).not.toMatch(escapes);
  expect(json.stdout).not.toMatch(escapes);
  expect(coloured.stdout).toMatch(escapes);
  expect(words(coloured.stdout.replace(escapes, ''))).toBe(words(plain.stdout));
});
