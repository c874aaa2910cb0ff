import { execFileSync } from 'node:child_process';
import { tool } from '../../../lab/child.ts';

/** The `openssl` command as an oracle: a second reading of the same bytes. */
export function openssl(args: readonly string[], input: Uint8Array): Buffer {
  return execFileSync(tool('openssl'), args, { input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 24 });
}
