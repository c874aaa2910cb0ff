import { isChannel } from '../../../verify/typescript/src/members.ts';
import { rfc3339 } from '../../core/clock.ts';
import { plural } from '../../core/plural.ts';
import { quote } from '../../core/quote.ts';
import { certify, openStatement } from '../../flow/sign/certify.ts';
import type { Signer } from '../../flow/sign/signer.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { publicKey } from './key-arguments.ts';
import { askPassphrase, type PassphraseOptions } from './passphrase.ts';
import type { SignedPorts } from './ports.ts';

export interface CertifyOptions extends PassphraseOptions {
  readonly with: string;
  readonly after?: string;
  readonly root?: readonly string[];
  readonly channel?: string;
  readonly output: string;
  readonly json?: boolean;
}

const mostKeys = 8;

/** `pinwatch key certify`: a key statement of these keys alone. */
export async function certifyKeys(
  files: readonly string[],
  options: CertifyOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  if (files.length > mostKeys)
    throw new UsageError(`KEY: expected at most ${mostKeys} keys, found ${files.length}`);
  const keys = await Promise.all(files.map((file) => publicKey('KEY', file, ports)));
  // All that can be wrong is found before the passphrase is asked for.
  const pem = orUsageError('--with', ports.readPrivateFile(options.with));
  if (!ports.isEncrypted(pem)) {
    throw new UsageError(
      `--with: ${quote(options.with)}: expected an encrypted root key, found one that is not`,
    );
  }
  const passphrase = await askPassphrase(options.with, options, ports);
  const root = orUsageError(`--with: ${quote(options.with)}`, ports.openKey(options.with, pem, passphrase));
  const { channel, generation } = await successor(options, root, ports);
  const issuedAt = Math.floor(ports.clock() / 1_000);
  const points = keys.map(({ point }) => point);
  const line = await certify({ audience: channel, generation, issuedAt, keys: points }, root, ports.subtle);
  orUsageError('--output', ports.writeNewFile(options.output, line, 0o644));
  const kids = keys.map(({ kid }) => kid);
  output.stdout(
    options.json
      ? `${JSON.stringify({ file: options.output, channel, generation, issuedAt, keys: kids })}\n`
      : `${options.output}: generation ${generation} of channel ${channel}, ${rfc3339(issuedAt * 1_000)}, ` +
          `certifies ${plural(kids.length, 'key')}\n${kids.map((kid) => `  ${kid}\n`).join('')}`,
  );
  return exitStatus.ok;
}

/** The channel and the generation: of the statement that it follows, or of a new channel. */
async function successor(
  { after, channel, root: others = [] }: CertifyOptions,
  root: Signer,
  ports: SignedPorts,
): Promise<{ readonly channel: string; readonly generation: number }> {
  if (after === undefined) {
    if (channel !== undefined && !isChannel(channel)) {
      throw new UsageError(
        `--channel: expected 26 of the characters a to z and 2 to 7, found ${quote(channel)}`,
      );
    }
    return { channel: channel ?? ports.newChannel(), generation: 1 };
  }
  if (channel !== undefined) throw new UsageError('--after and --channel: expected one of them, found both');
  // Verified: a forged one could name the highest generation, and leave none for the next.
  const roots = await Promise.all(others.map((text) => publicKey('--root', text, ports)));
  const points = [...(root.point === null ? [] : [root.point]), ...roots.map(({ point }) => point)];
  const bytes = orUsageError(`--after: ${quote(after)}`, ports.readFile(after));
  const opened = await openStatement(bytes, points, ports.subtle);
  if (!opened.ok && opened.problem.includes('unknown_root')) {
    throw new UsageError(
      `--after: ${quote(after)}: ${opened.problem}; if it is a spare root, name it with --root`,
    );
  }
  const { statement } = orUsageError(`--after: ${quote(after)}`, opened);
  return { channel: statement.audience, generation: statement.generation + 1 };
}
