import { join } from 'node:path';
import { namedKey } from '../../../verify/typescript/src/public-key.ts';
import { parseAccountName } from '../../core/account-name.ts';
import { quote } from '../../core/quote.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { keyJson, keyText } from './key-text.ts';
import type { SignedPorts } from './ports.ts';

export interface InstallOptions {
  readonly config?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `pinwatch key install`: an account's signing key, where the service looks for it. */
export async function installKey(
  account: string,
  file: string,
  options: InstallOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const name = orUsageError('ACCOUNT', parseAccountName(account));
  const pem = orUsageError('FILE', ports.readPrivateFile(file));
  if (ports.isEncrypted(pem)) {
    throw new UsageError(
      `FILE: ${quote(file)}: expected a signing key, found an encrypted one: a root key stays offline`,
    );
  }
  const signer = orUsageError(`FILE: ${quote(file)}`, ports.openKey(file, pem));
  if (signer.point === null) throw new UsageError(`FILE: ${quote(file)}: expected a private key`);
  const settings = await ports.publish(options.config);
  if (settings.keyDir === null) {
    throw new UsageError(`${settings.file}: publish.keyDir: expected a folder for signing keys, found none`);
  }
  const path = join(settings.keyDir, `${name}.pem`);
  orUsageError('ACCOUNT', ports.installFile(path, pem, options.replace === true));
  const key = await namedKey(ports.subtle, signer.point);
  output.stdout(
    options.json ? `${JSON.stringify({ account: name, file: path, ...keyJson(key) })}\n` : keyText(path, key),
  );
  return exitStatus.ok;
}
