import { quote } from '../../core/quote.ts';
import { orUsageError, UsageError } from '../usage.ts';
import type { SignedPorts } from './ports.ts';

export interface PassphraseOptions {
  readonly passphraseStdin?: boolean;
}

type Ports = Pick<SignedPorts, 'readStandardInput' | 'readHidden'>;

/** Six words of Diceware have 20 characters and more; a dozen is little, but no longer an accident. */
const shortest = 12;

/** The passphrase of an existing key. */
export async function askPassphrase(file: string, options: PassphraseOptions, ports: Ports): Promise<string> {
  if (options.passphraseStdin) return fromStandardInput(ports);
  return typed(`Passphrase of ${quote(file)}: `, ports);
}

/** A new one, typed twice. */
export async function choosePassphrase(
  file: string,
  options: PassphraseOptions,
  ports: Ports,
): Promise<string> {
  const passphrase = options.passphraseStdin
    ? await fromStandardInput(ports)
    : await typed(`New passphrase for ${quote(file)}: `, ports);
  if (passphrase.length < shortest) {
    throw new UsageError(`passphrase: expected at least ${shortest} characters, found ${passphrase.length}`);
  }
  if (!options.passphraseStdin && (await typed('The same again: ', ports)) !== passphrase) {
    throw new UsageError('passphrase: expected the same twice, found two');
  }
  return passphrase;
}

async function typed(prompt: string, ports: Ports): Promise<string> {
  const passphrase = await ports.readHidden(prompt);
  if (passphrase !== null) return passphrase;
  throw new UsageError(
    'passphrase: expected one, found no terminal; --passphrase-stdin reads it from standard input',
  );
}

async function fromStandardInput(ports: Ports): Promise<string> {
  const bytes = orUsageError('--passphrase-stdin', await ports.readStandardInput());
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('--passphrase-stdin: expected UTF-8 text, found other bytes');
  } finally {
    bytes.fill(0);
  }
}
