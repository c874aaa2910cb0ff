import { spawn } from 'node:child_process';
import { quote } from '../../core/quote.ts';
import { type Signer, SigningProblem } from '../../flow/sign/signer.ts';
import { readSignature } from './signature-text.ts';

const defaultDeadlineMs = 10_000;
const mostOutput = 4_096;

/**
 * A command that gets the bytes to be signed on standard input and prints the signature. It runs without a shell, in this
 * process's environment. `{account}` in an argument stands for the account.
 */
export function createCommandSigner(
  command: readonly string[],
  account: string,
  deadlineMs = defaultDeadlineMs,
): Signer {
  const [program = '', ...args] = command.map((word) => word.replaceAll('{account}', account));
  const name = `signer ${quote(program)}`;
  return {
    name,
    point: null,
    sign: async (bytes) => {
      const { output, problem } = await run(program, args, bytes, deadlineMs);
      const signature = problem === null ? readSignature(output) : null;
      if (signature !== null) return signature;
      const found = problem ?? `expected a signature, found ${output.length} other bytes`;
      throw new SigningProblem(`${name}: ${found}`);
    },
  };
}

interface Ran {
  readonly output: Uint8Array;
  readonly problem: string | null;
}

function run(program: string, args: readonly string[], input: Uint8Array, deadlineMs: number): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const output = gather(child.stdout);
    const errors = gather(child.stderr);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill(child.pid);
    }, deadlineMs);
    const finish = (problem: string | null) => {
      clearTimeout(timer);
      resolve({ output: output(), problem });
    };
    child.on('error', (error) => finish(`cannot be run: ${error.message}`));
    child.on('close', (status, signal) => {
      if (late) return finish(`no signature within ${deadlineMs / 1_000} s`);
      if (status === 0) return finish(null);
      const said = errors().toString('utf8').trim();
      finish(`failed with ${signal ?? `status ${status}`}${said === '' ? '' : `: ${quote(said)}`}`);
    });
    // A command that ends without reading makes EPIPE; its status tells why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** With what it has started itself, which would keep its output open. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** The first bytes of a stream; the rest is read and dropped, so that the writer does not hang. */
function gather(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < mostOutput) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks);
}
