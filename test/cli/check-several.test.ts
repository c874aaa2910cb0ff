import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { composeCheck } from '../../src/compose/probe.ts';
import { readFile } from '../../src/config/read-text.ts';
import { chain, ecdsa, folder, leafFor, name, parse, rootFile, run, serve } from './check-rig.ts';

const options = { connect: ['127.0.0.1'], caFile: rootFile, pin: [ecdsa.pin] };

async function several(hosts: readonly string[], more = {}) {
  const text = { stdout: '', stderr: '' };
  const output = {
    stdout: (part: string) => {
      text.stdout += part;
    },
    stderr: (part: string) => {
      text.stderr += part;
    },
    colour: false,
  };
  const status = await check(hosts, { timeout: '10s', ...options, ...more }, output, composeCheck(readFile));
  return { status, ...text };
}

async function twoServers() {
  const [well, hurt] = await Promise.all([serve([chain(ecdsa)]), serve([chain(leafFor())])]);
  return [`${name}:${well.port}`, `${name}:${hurt.port}`] as const;
}

test('several hosts: an overview, what is not well in full, and the status of the worst', async () => {
  const [well, hurt] = await twoServers();
  const both = await several([well, hurt]);
  expect(both).toMatchObject({ status: 1, stderr: '' });
  expect(both.stdout).toMatch(/^answer +host +verdict +expires +findings\n/);
  expect(both.stdout).toMatch(new RegExp(`^OK +${well} +match +\\d{4}-\\d\\d-\\d\\d`, 'm'));
  expect(both.stdout).toMatch(new RegExp(`^FAIL +${hurt} +mismatch +\\S+ +pin_mismatch`, 'm'));
  expect(both.stdout).toMatch(new RegExp(`^FAIL {6}${hurt}\n`, 'm'));
  expect(both.stdout).not.toMatch(new RegExp(`^OK {8}${well}\n`, 'm'));
  expect(both.stdout).toMatch(/\n2 hosts: 1 OK, 1 FAIL, 0 UNKNOWN\n$/);
  expect(await several([well, well.toUpperCase()])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^OK {8}/),
  });
});

test('with --json each is a line: the object of one host, in the order of the hosts', async () => {
  const [well, hurt] = await twoServers();
  const both = await several([hurt, well], { json: true });
  expect(both.status).toBe(1);
  const lines = both.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines.map((line) => JSON.parse(line).verdict)).toEqual(['mismatch', 'match']);
  const alone = parse(await run(well, { ...options, json: true }));
  expect(Object.keys(JSON.parse(lines[1] ?? ''))).toEqual(Object.keys(alone));
});

test('a URL means its host and port, and a file has one a line', async () => {
  const [well, hurt] = await twoServers();
  expect(await run(`https://${well}/v1/login?next=https://other.example`, options)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(new RegExp(`^OK {8}${well}\n`)),
  });
  const file = join(folder, 'hosts.txt');
  writeFileSync(file, `# ours\r\n\n  ${well}\r\nwss://${hurt}/socket`);
  const listed = await several([], { file, json: true });
  expect(listed.status).toBe(1);
  expect(listed.stdout.trimEnd().split('\n')).toHaveLength(2);
  // One line is still the form for several, so that a script need not care how many a file has.
  writeFileSync(file, `${well}\n`);
  expect((await several([], { file, json: true })).stdout).toMatch(/^\{"host":[^\n]*\}\n$/);
});

test('every wrong line of a file is reported, and nothing is probed', async () => {
  const file = join(folder, 'wrong.txt');
  writeFileSync(file, `good.example\nhttp://plain.example/\n*.example.com\n`);
  await expect(several([], { file })).rejects.toThrow(
    `--file: "${file}"\n` +
      '  line 2: "http://plain.example/": expected https://, found "http://", which has no certificate\n' +
      '  line 3: "*.example.com" is not a host: a wildcard has no address to probe: name each host',
  );
  writeFileSync(file, '# nothing\n');
  await expect(several([], { file })).rejects.toThrow('expected a host on each line, found none');
  await expect(several([], { file: join(folder, 'absent') })).rejects.toThrow(/absent" cannot be read: /);
  writeFileSync(file, `${'a_b!\n'.repeat(25)}`);
  await expect(several([], { file })).rejects.toThrow(/\n {2}and 5 more$/);
});

test('--quiet prints nothing, and has the same status', async () => {
  const [well, hurt] = await twoServers();
  expect(await several([well, hurt], { quiet: true })).toEqual({ status: 1, stdout: '', stderr: '' });
  expect(await run(well, { ...options, quiet: true })).toEqual({ status: 0, stdout: '', stderr: '' });
  await expect(several([well], { quiet: true, json: true })).rejects.toThrow(
    'expected one of them, found both',
  );
});

test('a root that the trust store lacks: points at --ca-file, unless it was given', async () => {
  const [well] = await twoServers();
  const unknown = await run(well, { connect: ['127.0.0.1'] });
  expect(unknown).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('name its root with --ca-file FILE'),
  });
  expect((await run(well, options)).stdout).not.toContain('--ca-file');
  expect((await several([well, `${name}:1`], { caFile: undefined })).stdout).toContain(
    'name its root with --ca-file FILE',
  );
});

test('plain http on the port is named', async () => {
  const server = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const result = await run(`https://${name}:${port}/`, { connect: ['127.0.0.1'] });
    expect(result).toMatchObject({ status: 2, stdout: expect.stringContaining('such as plain http') });
  } finally {
    server.close();
  }
});
