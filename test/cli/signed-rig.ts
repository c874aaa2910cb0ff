import { Command } from 'commander';
import { addConfigCommands } from '../../src/cli/config-commands.ts';
import { addKeyCommands } from '../../src/cli/key-commands.ts';
import { Failure } from '../../src/cli/remote/failure.ts';
import { UsageError } from '../../src/cli/usage.ts';
import { composeSigning } from '../../src/compose/signing.ts';
import { readFile } from '../../src/config/read-text.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `pinwatch key …` and `pinwatch config …` in this process, run as src/main.ts does; `input` is the standard input. */
export async function runSigned(args: readonly string[], keyDir: string, input: string): Promise<Ran> {
  let status = 0;
  let stdout = '';
  let stderr = '';
  const output = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    colour: false,
  };
  const publish = () => Promise.resolve({ file: 'config/pinwatch.yaml', keyDir, signer: null });
  const ports = () => ({
    ...composeSigning(readFile, publish),
    readStandardInput: () => Promise.resolve({ ok: true as const, value: Buffer.from(input) }),
    readHidden: () => Promise.resolve(null),
  });
  const finish = (ended: number) => {
    status = ended;
  };
  const pinwatch = new Command('pinwatch').exitOverride();
  addKeyCommands(pinwatch, output, ports, finish);
  addConfigCommands(pinwatch, output, ports, finish);
  try {
    await pinwatch.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Failure)) throw error;
    stderr += `${error.message}\n`;
    status = error instanceof Failure ? error.exitStatus : 64;
  }
  return { status, stdout, stderr };
}
