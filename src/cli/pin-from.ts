import { chainPins } from '../core/chain-pins.ts';
import { domainName } from '../core/domain.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import type { PinSourceItem } from '../core/pin-source.ts';
import { quote } from '../core/quote.ts';
import { type Output, withProgress } from './output.ts';
import { chainsJson, fileJson } from './pin-from-json.ts';
import { chainsTable, fileTable } from './pin-from-table.ts';
import { type CheckPorts, type ProbingOptions, probingFlags, readCheckRequest } from './probing-options.ts';
import { exitStatus, orUsageError, UsageError } from './usage.ts';

/** As parsed from the command line. */
export interface PinFromOptions extends ProbingOptions {
  readonly file?: boolean;
  readonly host?: boolean;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export interface PinFromPorts extends CheckPorts {
  /** The path exists and is not a folder. */
  readonly fileExists: (path: string) => boolean;
  /** The bytes of a file, or of standard input; at most 1 MB. */
  readonly readSource: (path: string) => Parsed<Uint8Array>;
  readonly readStandardInput: () => Promise<Parsed<Uint8Array>>;
  /** Typed on the terminal without echo; null if there is no terminal. */
  readonly readHidden: (prompt: string) => Promise<string | null>;
  readonly readPins: (
    bytes: Uint8Array,
    askPassword: () => Promise<Parsed<string>>,
    isGiven: boolean,
  ) => Promise<Parsed<readonly PinSourceItem[]>>;
}

const standardInput = '-';

/** `pinwatch pin from`: the pins in a file, or of what a host presents. Registers nothing. Returns the exit status. */
export async function pinFrom(
  source: string,
  options: PinFromOptions,
  output: Output,
  ports: PinFromPorts,
): Promise<number> {
  if (source === '') throw new UsageError('SOURCE: expected a file, - or a host, found ""');
  if (options.file && options.host)
    throw new UsageError('--file and --host: expected one of them, found both');
  return isFile(source, options, ports)
    ? fromFile(source, options, output, ports)
    : fromHost(source, options, output, ports);
}

/** An existing file wins, whatever else its name could be, unless --file or --host decides. */
function isFile(source: string, { file, host }: PinFromOptions, ports: PinFromPorts): boolean {
  if (file || host) return file === true;
  if (source === standardInput || ports.fileExists(source)) return true;
  return looksLikePath(source) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(source);
}

/** Names that no host has: with a directory, or with a suffix for keys that is not a top-level domain. */
function looksLikePath(source: string): boolean {
  return (
    /[/\\]/.test(source) ||
    /\.(?:pem|crt|cer|cert|der|p12|pfx|p7b|p7c|p7s|key|csr|req|p10|pk8)$/i.test(source)
  );
}

async function fromFile(
  source: string,
  options: PinFromOptions,
  output: Output,
  ports: PinFromPorts,
): Promise<number> {
  const flags = Object.entries(probingFlags) as [keyof ProbingOptions, string][];
  const [, given] = flags.find(([option]) => options[option] !== undefined) ?? [];
  if (given !== undefined) {
    throw new UsageError(`${given}: expected with a host, found with the file ${quote(source)}`);
  }
  const fromInput = source === standardInput && options.file !== true;
  if (fromInput && options.passwordStdin) {
    throw new UsageError('--password-stdin: expected with a file, found with -, which is standard input too');
  }
  const name = fromInput ? 'standard input' : quote(source);
  const read = fromInput ? await ports.readStandardInput() : ports.readSource(source);
  const bytes = orUsageError(name, read);
  const found = await ports.readPins(
    bytes,
    () => askPassword(name, options, ports),
    options.passwordStdin === true,
  );
  // It may contain private keys.
  bytes.fill(0);
  const items = orUsageError(name, found);
  output.stdout(
    options.json
      ? `${JSON.stringify(fileJson(source, items), null, 2)}\n`
      : fileTable(name, items, ports.clock(), output.colour),
  );
  return exitStatus.ok;
}

async function askPassword(
  name: string,
  { passwordStdin }: PinFromOptions,
  ports: PinFromPorts,
): Promise<Parsed<string>> {
  if (passwordStdin) {
    const given = await ports.readStandardInput();
    if (!given.ok) return refused(`--password-stdin: ${given.problem}`);
    const password = decode(given.value)?.replace(/\r?\n$/, '') ?? null;
    given.value.fill(0);
    return password === null
      ? refused('--password-stdin: expected UTF-8 text, found other bytes')
      : parsed(password);
  }
  const password = await ports.readHidden(`Password of ${name}: `);
  return password === null
    ? refused('it needs a password, but none was typed; --password-stdin reads it from standard input')
    : parsed(password);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

async function fromHost(
  source: string,
  options: PinFromOptions,
  output: Output,
  ports: PinFromPorts,
): Promise<number> {
  if (options.passwordStdin) {
    throw new UsageError(`--password-stdin: expected with a file, found with the host ${quote(source)}`);
  }
  const place = options.host ? 'SOURCE' : 'SOURCE: no such file, and not a host';
  const { domain, timeoutMs } = readCheckRequest(place, source, options, output, ports);
  const observations = await withProgress(output, options, `probing ${domainName(domain)}`, () =>
    ports.observe({ ...domain, pins: [] }, timeoutMs),
  );
  const found = chainPins(observations);
  output.stdout(
    options.json
      ? `${JSON.stringify(chainsJson(domain, found), null, 2)}\n`
      : chainsTable(domain, found, ports.clock(), output.colour),
  );
  return found.chains.length > 0 ? exitStatus.ok : exitStatus.undetermined;
}
