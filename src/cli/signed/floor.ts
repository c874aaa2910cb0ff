import { toBase64 } from '../../../verify/typescript/src/base64url.ts';
import { quote } from '../../core/quote.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import type { SignedPorts } from './ports.ts';
import { type VerifyOptions, verification } from './verify.ts';

export interface FloorOptions extends Pick<VerifyOptions, 'root' | 'channel'> {
  readonly output?: string;
  readonly base64?: boolean;
  readonly json?: boolean;
}

/** `pinwatch config bundle`: the floor of an app, in a form to be built in. Only a bundle that apps accept is one. */
export async function floorOf(
  file: string,
  options: FloorOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const found = await verification(file, options, ports);
  if (found.bundle === null) {
    output.stderr(`${quote(file)}: apps would refuse it: ${found.outcome}: ${found.detail}\n`);
    return exitStatus.appsFail;
  }
  const { held, configuration } = found.bundle;
  if (ports.clock() >= configuration.expiresAt * 1_000) {
    output.stderr('warning: it has expired, so the app starts stale; take a fresh one\n');
  }
  const bytes = orUsageError(`FILE: ${quote(file)}`, ports.readFile(file));
  const base64 = toBase64(bytes);
  const { generation, version } = held;
  const text = options.json
    ? `${JSON.stringify({ channel: configuration.audience, generation, version, base64 })}\n`
    : options.base64
      ? `${base64}\n`
      : new TextDecoder().decode(bytes);
  if (options.output === undefined) output.stdout(text);
  else orUsageError('--output', ports.writeNewFile(options.output, text, 0o644));
  return exitStatus.ok;
}
