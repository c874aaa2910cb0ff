import { namedKey } from '../../../verify/typescript/src/public-key.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import { keyJson, keyText } from './key-text.ts';
import { choosePassphrase, type PassphraseOptions } from './passphrase.ts';
import type { NewKeyText, SignedPorts } from './ports.ts';

export interface NewKeyOptions extends PassphraseOptions {
  readonly json?: boolean;
}

/** `pinwatch key root`: a root key, encrypted, and its public half beside it. */
export async function newRoot(
  file: string,
  options: NewKeyOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const passphrase = await choosePassphrase(file, options, ports);
  await store(file, ports.newRootKey(passphrase), options, output, ports);
  if (!options.json) {
    output.stdout(
      `Keep ${file} and its passphrase offline, apart from each other, each twice. Apps embed this key and a spare.\n`,
    );
  }
  return exitStatus.ok;
}

/** `pinwatch key signing`: a signing key, not encrypted, for the machine that signs. */
export async function newSigning(
  file: string,
  options: NewKeyOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  await store(file, ports.newSigningKey(), options, output, ports);
  if (!options.json)
    output.stdout(`Next, on the machine with the root key: pinwatch key certify ${file}.pub …\n`);
  return exitStatus.ok;
}

async function store(
  file: string,
  key: NewKeyText,
  { json }: NewKeyOptions,
  output: Output,
  ports: SignedPorts,
): Promise<void> {
  const named = await namedKey(ports.subtle, orUsageError('new key', ports.readPublicKey(key.publicPem)));
  orUsageError('FILE', ports.writeNewFile(file, key.privatePem, 0o600));
  orUsageError('FILE', ports.writeNewFile(`${file}.pub`, key.publicPem, 0o644));
  output.stdout(json ? `${JSON.stringify({ file, ...keyJson(named) })}\n` : keyText(file, named));
}
