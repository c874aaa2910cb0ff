/** The commands of a mail, pasted into a shell as they stand. */
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, environment, program } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage } from './stage.ts';

requires('redis-server', 'jq')('the commands of a mail', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('a check of a domain with private roots gets them from the service, and sees what the service saw', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)]);
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    const { address } = await service.line('listening');
    api.server.rotate([api.strange]);
    const { mail } = await stage.mail();
    const flat = (mail.text ?? '').replaceAll(/\s+/g, ' ');
    expect(flat).toContain('What changed: the key of the leaf, not its issuer ("CN=Stage Intermediate").');
    expect(flat).toContain(`Change ${config}, then reload pinwatch (SIGHUP):`);

    const pasted = blocks(mail.text ?? '').find((block) => block.includes('pinwatch check')) ?? '';
    expect(pasted).toMatch(/^pinwatch domain show .*private-root\.pem\npinwatch check /s);
    const bin = join(stage.directory, 'bin');
    await mkdir(bin);
    const shim = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
    await writeFile(join(bin, 'pinwatch'), shim, { mode: 0o755 });
    const PATH = [bin, process.env.PATH].join(delimiter);
    const env = environment(stage.directory, { PINWATCH_URL: String(address), PATH });
    const { status, stdout, stderr } = await ended(['sh', '-c', pasted], { cwd: stage.directory, env });
    expect(stderr).toBe('');
    // 1: apps would fail. Without the roots it would be untrusted, too.
    expect(status).toBe(1);
    expect(stdout).toContain('pin_mismatch');
    expect(stdout).not.toContain('chain_untrusted');
  });
});

/** What is indented to be copied, without its indentation. */
function blocks(text: string): string[] {
  const found = text.match(/(?:^ {5}.*\n)+/gm) ?? [];
  return found.map((block) => block.replaceAll(/^ {5}/gm, ''));
}
