import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { requires } from '../support/requires.ts';
import { environment, program } from './remote/admin.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-passphrase-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

requires('script')('a passphrase on a terminal', () => {
  /** Types each answer once its question is shown. */
  async function typing(command: string, answers: readonly (readonly [question: string, answer: string])[]) {
    const child = spawn(tool('script'), ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: environment(folder, { PINWATCH: `${process.execPath} ${program}` }),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    let next = 0;
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      shown += more;
      const [question, answer] = answers[next] ?? [];
      if (question === undefined || !shown.includes(question)) return;
      next += 1;
      child.stdin.write(`${answer}\r`);
    });
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, shown: shown.replaceAll('\r\n', '\n') };
  }

  const passphrase = 'correct horse battery';
  const asked = 'New passphrase for "root.pem": ';
  const again = 'The same again: ';

  test('is asked for twice, without echo, and then opens the key', async () => {
    const made = await typing('$PINWATCH key root root.pem', [
      [asked, passphrase],
      [again, passphrase],
    ]);
    expect(made.status).toBe(0);
    expect(made.shown).toMatch(/^New passphrase for "root\.pem": \nThe same again: \nroot\.pem\n {2}kid /);
    expect(made.shown).not.toContain('correct');
    const certified = await typing(
      '$PINWATCH key signing acme.pem && $PINWATCH key certify acme.pem.pub --with root.pem -o acme.keys',
      [['Passphrase of "root.pem": ', passphrase]],
    );
    expect(certified.shown).toContain('certifies 1 key');
    expect(certified.shown).not.toContain('correct');
  });

  test('that is typed differently makes no key', async () => {
    const { status, shown } = await typing('$PINWATCH key root other.pem', [
      ['New passphrase for "other.pem": ', passphrase],
      [again, `${passphrase}s`],
    ]);
    expect(status).toBe(64);
    expect(shown).toContain('passphrase: expected the same twice, found two');
    expect(existsSync(join(folder, 'other.pem'))).toBe(false);
  });
});
