import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { type ValidateOptions, validate } from '../../src/cli/validate.ts';
import { loadPinTexts } from '../../src/compose/pin-texts.ts';

async function run(options: ValidateOptions) {
  let stdout = '';
  let stderr = '';
  const output = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
  };
  const status = await validate(options, output, readAnchors, loadPinTexts);
  return { status, stdout, stderr };
}

const invalid = 'test/config/invalid/host-url.yaml';
const problem = {
  path: 'accounts.acme.domains[0].host',
  message: '"https://api.example.com:8443/v1" is not a host: did you mean api.example.com:8443?',
};

/** Of the example file, which watches and notifies nobody as it is. */
const ofExample = [
  'mail.smtp: not set, so no mail is sent: it is only written to files in stateDir',
  'accounts.acme.contacts: devops@example.com is an example address: name the people on call',
  'accounts.acme: api.example.com has example pins, which match no key: "pinwatch check api.example.com" shows those in use',
];

test('a valid file is summed up', async () => {
  expect(await run({ config: 'config/pinwatch.yaml' })).toEqual({
    status: 0,
    stdout: 'config/pinwatch.yaml is valid: 1 account, 1 domain, 2 pins\n',
    stderr: ofExample.map((warning) => `warning: ${warning}\n`).join(''),
  });
});

test('warnings go to standard error, and change nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-validate-'));
  const config = join(folder, 'unpinned.yaml');
  writeFileSync(
    config,
    'mail: { smtp: "smtp://mail", from: a@acme.test }\naccounts: { acme: { contacts: [a@acme.test], domains: [{ host: api.example.com }] } }',
  );
  const result = await run({ config });
  const json = await run({ config, json: true });
  rmSync(folder, { recursive: true });
  const warning =
    'accounts.acme.domains[0]: "api.example.com" has no pins: only its trust and expiry are watched';
  expect(result).toEqual({
    status: 0,
    stdout: `${config} is valid: 1 account, 1 domain, 0 pins\n`,
    stderr: `warning: ${warning}\n`,
  });
  expect(JSON.parse(json.stdout)).toMatchObject({ valid: true, warnings: [warning] });
});

test('a wrong file gives every problem on standard error and 64', async () => {
  expect(await run({ config: invalid })).toEqual({
    status: 64,
    stdout: '',
    stderr: `${invalid}: 1 problem\n  ${problem.path}: ${problem.message}\n`,
  });
});

test('--json gives one object, valid or not', async () => {
  const good = await run({ config: 'config/pinwatch.yaml', json: true });
  expect(good).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(good.stdout)).toEqual({
    valid: true,
    file: 'config/pinwatch.yaml',
    problems: [],
    warnings: ofExample,
    accounts: 1,
    domains: 1,
    pins: 2,
  });
  const wrong = await run({ config: invalid, json: true });
  expect(wrong).toMatchObject({ status: 64, stderr: '' });
  expect(JSON.parse(wrong.stdout)).toEqual({
    valid: false,
    file: invalid,
    problems: [problem],
    warnings: [],
    accounts: 0,
    domains: 0,
    pins: 0,
  });
});

test('a file of domains counts, and what is wrong in it is told by its line', async () => {
  const json = await run({ config: 'test/config/invalid/domains-file.yaml', json: true });
  expect(json.status).toBe(64);
  expect(JSON.parse(json.stdout).problems).toContainEqual({
    path: 'domains-file.jsonl:2.host',
    message: '"https://api.example.com/v1" is not a host: did you mean api.example.com?',
  });
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-validate-'));
  writeFileSync(join(folder, 'a.jsonl'), '{"host":"a.example.com","pins":[]}\n{"host":"b.example.com"}\n');
  const config = join(folder, 'listed.yaml');
  writeFileSync(config, 'accounts: { acme: { contacts: [a@example.com], domainsFile: a.jsonl } }');
  const good = await run({ config });
  rmSync(folder, { recursive: true });
  expect(good.stdout).toBe(`${config} is valid: 1 account, 2 domains, 0 pins\n`);
});
