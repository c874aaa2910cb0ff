import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { fromBase64 } from '../../verify/typescript/src/base64url.ts';
import { type Ended, ended, environment, program } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { startRig } from '../verify/client-rig.ts';
import { read } from './markdown.ts';

const page = read('docs/signed-configuration.md');
/** What a reader would paste, in order. */
const script = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
const [, configuration = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];

let directory: string;
let transcript: Ended;
afterAll(() => rmSync(directory, { recursive: true, force: true }));

requires('bash', 'jq')('docs/signed-configuration.md', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pinwatch-signed-'));
    mkdirSync(join(directory, 'config'));
    writeFileSync(join(directory, 'config/pinwatch.yaml'), 'accounts: {}\npublish: { keyDir: ../keys }\n');
    writeFileSync(join(directory, 'acme.json'), configuration);
    // All that differs from a reader's own: the passphrase is not typed.
    const wrapper = `#!${tool('bash')}
case "$1 $2" in
  'key root' | 'key certify') exec '${process.execPath}' '${program}' "$@" --passphrase-stdin <<< 'a passphrase in a test' ;;
  *) exec '${process.execPath}' '${program}' "$@" ;;
esac
`;
    writeFileSync(join(directory, 'pinwatch'), wrapper, { mode: 0o755 });
    const PATH = `${directory}:${process.env.PATH}`;
    transcript = await ended([tool('bash'), '-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: directory,
      env: environment(directory, { PATH }),
    });
  });

  test('runs from the first line to the last', () => {
    expect(script.length).toBeGreaterThan(8);
    expect(transcript, transcript.stderr).toMatchObject({ status: 0, stderr: '' });
  });

  test('each bundle is taken, or refused, as the text promises', () => {
    const outcomes = [...transcript.stdout.matchAll(/^(?:accepted|refused: \w+|ended with \d)$/gm)].map(
      ([line]) => line,
    );
    expect(outcomes).toEqual([
      'accepted',
      'accepted',
      'refused: rollback',
      'ended with 1',
      'accepted',
      'accepted',
      'refused: rollback',
      'ended with 1',
      'accepted',
    ]);
    expect(transcript.stdout).toMatch(/^api\.example\.com: allowed$/m);
  });

  test('private keys can be read by their owner alone', () => {
    for (const file of ['root.pem', 'spare.pem', 'acme.pem', 'next.pem', 'keys/acme.pem']) {
      expect(statSync(join(directory, file)).mode & 0o777, file).toBe(0o600);
    }
    expect(readFileSync(join(directory, 'root.pem'), 'utf8')).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/,
    );
  });

  test('the drill with a client: the thief locks it out, and it recovers at its next mismatch', async () => {
    const file = (name: string) => readFileSync(join(directory, name));
    const shown = await ended(
      [process.execPath, program, 'key', 'show', 'root.pem.pub', 'acme.keys', '--json'],
      {
        cwd: directory,
        env: environment(directory, {}),
      },
    );
    const [{ base64 }, { channel }] = JSON.parse(shown.stdout);
    const rig = await startRig();
    try {
      rig.now = Date.now();
      const roots = [fromBase64(base64) ?? new Uint8Array()];
      const client = await rig.open({ roots, audience: channel, floor: file('floor.pins') });
      const real = ['2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE='];
      const connect = async () => {
        if (client.decide('api.example.com', real).decision === 'mismatch') throw new RangeError('mismatch');
        return 'connected';
      };
      const attempt = () => client.attempt(connect, (error) => error instanceof RangeError);
      expect(await attempt()).toBe('connected');
      rig.serve(file('thief.pins'));
      await client.refresh();
      await expect(attempt()).rejects.toThrow('mismatch');
      rig.serve(file('too-late.pins'));
      rig.now += 30_000;
      await expect(attempt()).rejects.toThrow('mismatch');
      rig.serve(file('recovered.pins'));
      rig.now += 30_000;
      // The thief's pins don't fit the host of the file either.
      rig.mismatching = true;
      expect(await attempt()).toBe('connected');
      expect(client.bundle()?.held).toMatchObject({ generation: 2, version: 42 });
      rig.serve(file('thief.pins'));
      await client.refresh();
      expect(client.bundle()?.held).toMatchObject({ generation: 2, version: 42 });
      expect(rig.told.filter((line) => line.startsWith('rollback'))).toHaveLength(2);
    } finally {
      await rig.close();
    }
  });
});
