import type { Configuration } from '../../../verify/typescript/src/configuration.ts';
import { parseAccountName } from '../../core/account-name.ts';
import { readConfigurationText } from '../../core/configuration-text.ts';
import { parseDuration } from '../../core/duration.ts';
import { quote } from '../../core/quote.ts';
import { type OpenedStatement, openStatement } from '../../flow/sign/certify.ts';
import { makeBundle } from '../../flow/sign/make-bundle.ts';
import { type Signer, SigningProblem } from '../../flow/sign/signer.ts';
import type { Output } from '../output.ts';
import { Failure } from '../remote/failure.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { bundleJson, bundleText } from './bundle-view.ts';
import { rootKeys } from './key-arguments.ts';
import type { SignedPorts } from './ports.ts';

export interface SignOptions {
  readonly statement: string;
  readonly root: readonly string[];
  readonly key?: string;
  readonly account?: string;
  readonly config?: string;
  readonly validFor: string;
  readonly output: string;
  readonly json?: boolean;
}

const day = 86_400_000;

/** `pinwatch config sign`: a configuration in a file becomes a bundle, verified as apps would. */
export async function signConfiguration(
  file: string,
  options: SignOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const roots = await rootKeys(options.root, ports);
  const statementFile = `--statement: ${quote(options.statement)}`;
  const bytes = orUsageError(statementFile, ports.readFile(options.statement));
  const opened = orUsageError(statementFile, await openStatement(bytes, roots, ports.subtle));
  const configuration = readConfiguration(file, options, opened, ports);
  const signer = await chosenSigner(options, ports);
  const { line, statement } = opened;
  const made = await makeBundle(line, statement.keys, configuration, signer, roots, ports.subtle).catch(
    (error) => {
      if (!(error instanceof SigningProblem)) throw error;
      throw new Failure(`Not signed: ${error.message}`, exitStatus.undetermined);
    },
  );
  orUsageError('--output', ports.writeNewFile(options.output, made.bytes, 0o644));
  const now = ports.clock();
  output.stdout(
    options.json
      ? `${JSON.stringify({ file: options.output, ...bundleJson(made.bundle, now) })}\n`
      : `${options.output}\n${bundleText(made.bundle, now)}`,
  );
  return exitStatus.ok;
}

function readConfiguration(
  file: string,
  { validFor }: SignOptions,
  { statement }: OpenedStatement,
  ports: SignedPorts,
): Configuration {
  const valid = orUsageError('--valid-for', parseDuration(validFor));
  if (valid < day || valid > 366 * day) {
    throw new UsageError(`--valid-for: expected 1d to 366d, found ${quote(validFor)}`);
  }
  const bytes = orUsageError(`FILE: ${quote(file)}`, ports.readFile(file));
  const issuedAt = Math.floor(ports.clock() / 1_000);
  const defaults = {
    audience: statement.audience,
    issuedAt,
    expiresAt: issuedAt + Math.floor(valid / 1_000),
  };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`FILE: ${quote(file)}: expected UTF-8 text, found other bytes`);
  }
  return orUsageError(`FILE: ${quote(file)}`, readConfigurationText(text, defaults));
}

async function chosenSigner({ key, account, config }: SignOptions, ports: SignedPorts): Promise<Signer> {
  if ((key === undefined) === (account === undefined)) {
    throw new UsageError(
      `--key and --account: expected one of them, found ${key === undefined ? 'neither' : 'both'}`,
    );
  }
  if (key !== undefined) return keySigner('--key', key, ports);
  const name = orUsageError('--account', parseAccountName(account ?? ''));
  const { file, keyDir, signer } = await ports.publish(config);
  if (signer !== null) return ports.commandSigner(signer, name);
  if (keyDir !== null) return keySigner('--account', `${keyDir}/${name}.pem`, ports);
  throw new UsageError(`${file}: publish: expected keyDir or signer, found neither`);
}

function keySigner(place: string, file: string, ports: SignedPorts): Signer {
  const pem = orUsageError(place, ports.readPrivateFile(file));
  if (ports.isEncrypted(pem)) {
    throw new UsageError(`${place}: ${quote(file)}: expected a signing key, found an encrypted one`);
  }
  return orUsageError(`${place}: ${quote(file)}`, ports.openKey(quote(file), pem));
}
