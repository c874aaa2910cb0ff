import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../lab/authority.ts';
import { freePort, tool } from '../../lab/child.ts';
import { type Chain, startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { encrypted, material, password, pkcs12 } from '../adapters/x509/key-files.ts';
import { openssl } from '../adapters/x509/openssl.ts';
import { openCommandLine } from '../support/command-line.ts';
import { requires } from '../support/requires.ts';

requires('openssl')('pinwatch pin from', () => {
  const program = resolve('bin/pinwatch.js');
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-pin-from-'));
  const ec = material('p-256');
  const rsa = material('rsa');
  const root = createRoot({ commonName: 'Lab Root' });
  const issuing = root.intermediate({ commonName: 'Lab Intermediate' });
  const name = 'api.lab.example';
  const ecLeaf = issuing.leaf({ commonName: name, names: [name] });
  const rsaLeaf = issuing.leaf({ commonName: name, names: [name], algorithm: 'rsa-2048' });
  const open: TlsServer[] = [];

  const write = (file: string, bytes: Uint8Array | string) => writeFileSync(join(folder, file), bytes);
  const chain = (leaf: Issued, ...more: Issued[]): Chain => [leaf, issuing.issued, ...more];

  async function serve(chains: readonly Chain[], host = '127.0.0.1', port?: number): Promise<TlsServer> {
    const server = await startTlsServer({ chains, host, ...(port && { port }) });
    open.push(server);
    return server;
  }

  const commandLine = openCommandLine(resolve('dist/src/main.js'), folder);
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };

  /** `pinwatch pin from …` in the folder of the files. */
  const run = (args: readonly string[]) => commandLine.run(['pin', 'from', ...args], env);

  /** The same with this standard input, so in a process of its own. */
  async function runWith(input: Uint8Array | string, args: readonly string[]) {
    const child = spawn(process.execPath, [program, 'pin', 'from', ...args], {
      cwd: folder,
      env,
      // A session of its own, so that it has no terminal to ask on, wherever the tests run.
      detached: true,
    });
    // It may end without reading.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { status, stdout, stderr };
  }

  beforeAll(async () => {
    write('leaf.pem', ec.certificate);
    write('bundle.pem', Buffer.concat([ec.certificate, rsa.request, ec.key]));
    write('bundle.p12', pkcs12(ec));
    write('plain.p12', pkcs12(ec, [], { secret: '\n' }));
    write('key.pem', encrypted(rsa.key, ['pkcs8', '-topk8']));
    write('root.pem', root.pem);
    write('large.pem', Buffer.alloc(10 << 20, 'x'));
    write('broken.pem', `${ec.certificate}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`);
    write(name, ec.certificate);
    mkdirSync(join(folder, 'folder.example'));
    await runWith('', ['--help']); // builds dist/ once where it is not up to date
  });
  afterAll(async () => {
    await Promise.all([commandLine.close(), ...open.map((server) => server.close())]);
    rmSync(folder, { recursive: true });
  });

  test('a file as a table: each key, the same key marked, and the line to paste', async () => {
    const { status, stdout, stderr } = await run(['bundle.pem']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const until = /until \S+Z \((\d+ days|1 day) left\)/;
    expect(stdout.replace(until, 'until …').split('\n')).toEqual([
      'file      "bundle.pem": 3 keys',
      '  1       certificate CN=p-256.example',
      `          ${ec.pin}`,
      '          EC P-256, until …',
      '          issued by CN=p-256.example',
      '  2       certificate request CN=rsa.example',
      `          ${rsa.pin}`,
      '          RSA 2048',
      '  3       private key',
      `          ${ec.pin}  same key as 1`,
      '          EC P-256',
      '',
      'to pin the first key:',
      '',
      `pins: [${ec.pin}]`,
      '',
    ]);
  });

  test('a file as JSON, also from standard input, and without a private key', async () => {
    const named = await run(['bundle.pem', '--json']);
    const piped = await runWith(Buffer.concat([ec.certificate, rsa.request, ec.key]), ['-', '--json']);
    expect(named).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(piped.stdout)).toEqual({ ...JSON.parse(named.stdout), file: '-' });
    const { pins, items } = JSON.parse(named.stdout);
    expect(pins).toEqual([ec.pin]);
    expect(Object.keys(items[0]).join(' ')).toBe(
      'kind pin key subject issuer notAfter certificateSha256 sameKeyAs',
    );
    expect(
      items.map((item: { kind: string; sameKeyAs: number | null }) => [item.kind, item.sameKeyAs]),
    ).toEqual([
      ['certificate', null],
      ['request', null],
      ['private-key', 1],
    ]);
    const secret = ec.key.toString().split('\n')[1] ?? '';
    expect(secret).not.toBe('');
    expect(named.stdout).not.toContain(secret);
  });

  test('--password-stdin opens an encrypted file; without a terminal there is no waiting', async () => {
    for (const ending of ['', '\n', '\r\n']) {
      const { status, stdout } = await runWith(password + ending, [
        'bundle.p12',
        '--password-stdin',
        '--json',
      ]);
      expect(status).toBe(0);
      expect(JSON.parse(stdout).items).toHaveLength(2);
    }
    const key = await runWith(`${password}\n`, ['key.pem', '--password-stdin']);
    expect(key.stdout).toContain(`pins: [${rsa.pin}]`);
    expect(await run(['plain.p12'])).toMatchObject({ status: 0, stderr: '' });
    expect(await runWith('wrong\n', ['bundle.p12', '--password-stdin'])).toEqual({
      ...{ status: 64, stdout: '' },
      stderr: `"bundle.p12": the password is wrong, or OpenSSL ${process.versions.openssl} cannot read the file\n`,
    });
    expect(await run(['key.pem'])).toEqual({
      ...{ status: 64, stdout: '' },
      stderr:
        '"key.pem": block 1: it needs a password, but none was typed; --password-stdin reads it from standard input\n',
    });
  });

  requires(
    'sh',
    'base64',
    'head',
    'iconv',
    'gzip',
    'ssh-keygen',
  )('the commands suggested for foreign forms', () => {
    const der = () => openssl(['x509', '-outform', 'der'], ec.certificate);
    const jwk = () => createPublicKey(ec.publicKey).export({ format: 'jwk' });
    const forms: [string, () => string | Uint8Array][] = [
      ['base64 alone', () => der().toString('base64')],
      ['DER and a line end', () => Buffer.concat([der(), Buffer.from('\n')])],
      ['UTF-16', () => Buffer.from(`\ufeff${ec.certificate}`, 'utf16le')],
      ['gzip', () => gzipSync(ec.certificate)],
      ['PEM in one line', () => ec.certificate.toString().trim().replaceAll('\n', '\\n')],
      ['JWK', () => JSON.stringify(jwk())],
      ['JWKS', () => JSON.stringify({ keys: [jwk()] })],
      ['SSH', () => sshPublicKey(jwk())],
    ];

    test.each(forms)('give a pin: %s', async (_, content) => {
      write('foreign', content());
      const { status, stdout, stderr } = await run(['--file', 'foreign']);
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      const [, command = ''] = /; (.* \| pinwatch pin from -) /.exec(stderr) ?? [];
      const line = command
        .replace('FILE', 'foreign')
        .replace('pinwatch', `'${process.execPath}' '${program}'`);
      const child = spawn(tool('sh'), ['-c', `${line} --json`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      expect(JSON.parse(await text(child.stdout)).pins, command).toEqual([ec.pin]);
    });

    /** As in an .ssh/id_ecdsa.pub (RFC 5656, section 3.1). */
    function sshPublicKey({ x = '', y = '' }: { x?: string; y?: string }): string {
      const field = (bytes: Buffer) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
      };
      const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
      const fields = [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].map(field);
      return `ecdsa-sha2-nistp256 ${Buffer.concat(fields).toString('base64')} me\n`;
    }
  });

  test.each<[string, readonly string[], string]>([
    ['a missing file', ['nowhere.pem'], '"nowhere.pem": no such file (ENOENT)'],
    ['a missing path', ['./nowhere'], '"./nowhere": no such file (ENOENT)'],
    ['a missing file by --file', ['--file', 'a.example'], '"a.example": no such file (ENOENT)'],
    ['a folder', ['../'], '"../": it is a folder (EISDIR)'],
    ['a file of 10 MB', ['large.pem'], '"large.pem": it has more than 1 MB'],
    [
      'a broken file',
      ['broken.pem'],
      '"broken.pem": block 2: Certificate: ends at byte 260, 257 beyond the enclosing element',
    ],
    ['an empty input', ['-'], 'standard input: it is empty'],
    [
      'neither',
      ['a b'],
      'SOURCE: no such file, and not a host: "a b" is not a host: expected letters, digits, hyphens and dots',
    ],
    [
      'a URL',
      ['--host', 'https://a.example/'],
      'SOURCE: "https://a.example/" is not a host: did you mean a.example?',
    ],
    ['an empty source', [''], 'SOURCE: expected a file, - or a host, found ""'],
    ['both', ['--file', '--host', 'x'], '--file and --host: expected one of them, found both'],
    [
      'an option for hosts',
      ['leaf.pem', '--connect', '127.0.0.1'],
      '--connect: expected with a host, found with the file "leaf.pem"',
    ],
    [
      'an option for files',
      ['a.example', '--password-stdin'],
      '--password-stdin: expected with a file, found with the host "a.example"',
    ],
    [
      'two things from one input',
      ['-', '--password-stdin'],
      '--password-stdin: expected with a file, found with -, which is standard input too',
    ],
    ['one argument too many', ['leaf.pem', 'b'], 'from: unexpected argument "b"'],
  ])('%s is bad usage: 64, one line on standard error', async (_, args, message) => {
    expect(await run(args)).toEqual({ status: 64, stdout: '', stderr: `${message}\n` });
  });

  test('each distinct chain with positions, strays and where it was seen', async () => {
    const stray = createRoot({ commonName: 'Stray Root' }).issued;
    const first = await serve([chain(ecLeaf), chain(rsaLeaf)]);
    await serve([chain(ecLeaf, stray)], '127.0.0.2', first.port);
    const target = `other.example:${first.port}`;
    const options = ['--ca-file', 'root.pem', '--connect', '127.0.0.1', '--connect', '127.0.0.2'];
    const untrusted = JSON.parse((await run([target, ...options, '--json'])).stdout);
    expect(untrusted.chains[0]).toMatchObject({ trusted: false, trustError: 'HOSTNAME_MISMATCH' });

    const host = ['--host', `${name}:${first.port}`, ...options];
    const json = await run([...host, '--json']);
    expect(json).toMatchObject({ status: 0, stderr: '' });
    const { pins, chains, failures, ...where } = JSON.parse(json.stdout);
    expect(where).toEqual({ host: name, port: first.port });
    expect(pins).toEqual([ecLeaf.pin, rsaLeaf.pin]);
    const upper = [
      {
        position: 'intermediate',
        from: 'presented',
        pin: issuing.issued.pin,
        subject: 'CN=Lab Intermediate',
      },
      {
        position: 'root',
        from: 'trust-store',
        pin: root.issued.pin,
        subject: 'CN=Lab Root',
        key: 'EC P-256',
      },
    ];
    const leaf = {
      position: 'leaf',
      from: 'presented',
      subject: `CN=${name}`,
      issuer: 'CN=Lab Intermediate',
    };
    expect(chains).toMatchObject([
      {
        endpoints: [{ address: '127.0.0.1', keyType: 'ecdsa' }],
        ...{ trusted: true, trustError: null, strays: [] },
        path: [{ ...leaf, pin: ecLeaf.pin, key: 'EC P-256' }, ...upper],
      },
      {
        endpoints: [{ address: '127.0.0.1', keyType: 'rsa' }],
        path: [{ ...leaf, pin: rsaLeaf.pin, key: 'RSA 2048' }, ...upper],
      },
      {
        endpoints: [{ address: '127.0.0.2', keyType: 'ecdsa' }],
        path: [{ ...leaf, pin: ecLeaf.pin }, ...upper],
        strays: [{ pin: stray.pin, subject: 'CN=Stray Root' }],
      },
    ]);
    expect(failures).toMatchObject([
      { address: '127.0.0.2', keyType: 'rsa', failure: { code: 'key_type_not_served' } },
    ]);

    const { stdout } = await run(host);
    expect(stdout).toContain(
      `host      ${name}:${first.port}: 3 chains\n\nendpoint  127.0.0.1 ecdsa\n  leaf    CN=${name}\n`,
    );
    expect(stdout).toContain(`  root    CN=Lab Root\n          ${root.issued.pin}\n`);
    expect(stdout).toContain(`  stray   CN=Stray Root\n          ${stray.pin}\n`);
    expect(stdout).toContain('endpoint  127.0.0.2 rsa\n          key_type_not_served: ');
    expect(
      stdout.endsWith(`\nto pin the keys of the leaves:\n\npins: [${ecLeaf.pin}, ${rsaLeaf.pin}]\n`),
    ).toBe(true);
    const narrow = await run([...host, '--key-type', 'rsa', '--json']);
    expect(JSON.parse(narrow.stdout).pins).toEqual([rsaLeaf.pin]);
  });

  test('one chain on several endpoints is one entry', async () => {
    const first = await serve([chain(ecLeaf)]);
    await serve([chain(ecLeaf)], '127.0.0.2', first.port);
    const options = ['--key-type', 'ecdsa', '--connect', '127.0.0.1', '--connect', '127.0.0.2'];
    const { stdout } = await run(['--host', `${name}:${first.port}`, ...options]);
    expect(stdout).toContain(': 1 chain\n\nendpoints 127.0.0.1 ecdsa, 127.0.0.2 ecdsa\n');
    expect(stdout).toContain('          not trusted, so apps refuse this chain whatever the pins: ');
    expect(stdout).toContain(`\nto pin the key of the leaf:\n\npins: [${ecLeaf.pin}]\n`);
  });

  test('2 if nothing could be seen', async () => {
    const port = await freePort();
    const options = [`typo.example:${port}`, '--connect', '127.0.0.1', '--timeout', '2s'];
    const table = await run(options);
    expect(table).toMatchObject({ status: 2, stderr: '' });
    expect(table.stdout).toContain('no chain was seen');
    expect(table.stdout).toContain('connection_refused: ');
    expect(table.stdout).not.toContain('pins:');
    const json = await run([...options, '--json']);
    expect(json.status).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ pins: [], chains: [] });
  });

  test('an existing file wins over a host of that name, unless --host is given; a folder is not a file', async () => {
    const server = await serve([chain(rsaLeaf)]);
    expect((await run([name])).stdout).toContain(`pins: [${ec.pin}]`);
    const options = ['--connect', '127.0.0.1'];
    const host = await run([`${name}:${server.port}`, ...options, '--json']);
    expect(JSON.parse(host.stdout).pins).toEqual([rsaLeaf.pin]);
    const port443 = await run(['--host', name, ...options, '--timeout', '2s', '--json']);
    expect(JSON.parse(port443.stdout)).toMatchObject({ host: name, port: 443 });
    const asHost = await run(['folder.example', ...options, '--timeout', '2s', '--json']);
    expect(JSON.parse(asHost.stdout)).toMatchObject({ host: 'folder.example' });
  });

  test('help has examples', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: pinwatch pin from \[options\] <source>/);
    expect(stdout).toContain('pinwatch pin from next.csr');
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  requires('script')('on a terminal', () => {
    /** Types when the program asks. `command` is for a shell, with $PIN for `pinwatch pin from`. */
    async function onTerminal(command: string, typed: string) {
      const child = spawn(tool('script'), ['-qec', command, '/dev/null'], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', PIN: `${process.execPath} ${program} pin from` },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        const asked = shown.includes('Password of');
        shown += more;
        if (!asked && shown.includes('Password of')) child.stdin.write(typed);
      });
      const [status] = (await once(child, 'close')) as [number | null];
      return { status, shown: shown.replaceAll('\r\n', '\n') };
    }

    test('the password is read without echo, and the terminal is restored', async () => {
      const { status, shown } = await onTerminal('$PIN bundle.p12 && stty -a', `${password}\r`);
      expect(status).toBe(0);
      expect(shown).toMatch(/^Password of "bundle\.p12": \nfile {6}"bundle\.p12": 2 keys\n/);
      expect(shown).toContain(`pins: [${ec.pin}]`);
      expect(shown).not.toContain(password.slice(0, 4));
      expect(shown).toMatch(/\secho\s/);
      expect(shown).toMatch(/\sicanon\s/);
    });

    test('corrections work, and other keys are ignored', async () => {
      const typed = ['wrong', '\u0015', password, 'xy', '\u007f', '\b', '\r'].join('');
      expect(await onTerminal('$PIN bundle.p12', typed)).toMatchObject({ status: 0 });
      const wrong = await onTerminal('$PIN bundle.p12', 'wrong\r');
      expect(wrong).toMatchObject({ status: 64 });
      expect(wrong.shown).toContain('the password is wrong');
    });

    test('a file from a pipe and a result into one leave the terminal for the password', async () => {
      const { shown } = await onTerminal('cat bundle.p12 | $PIN - --json | grep -c sha256/', `${password}\r`);
      expect(shown).toBe('Password of standard input: \n3\n');
    });

    test('nothing is asked if the empty password fits', async () => {
      const { status, shown } = await onTerminal('$PIN plain.p12', '');
      expect(status).toBe(0);
      expect(shown).not.toContain('Password');
    });

    test('Ctrl-C ends it as it ends any program, Ctrl-D gives no password', async () => {
      expect((await onTerminal('$PIN bundle.p12', '\u0003')).status).toBe(130);
      const end = await onTerminal('$PIN bundle.p12', '\u0004');
      expect(end.status).toBe(64);
      expect(end.shown).toContain('none was typed');
    });
  });
});
