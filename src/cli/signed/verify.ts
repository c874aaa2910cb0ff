import {
  type Verification,
  type VerifiedBundle,
  verifyBundle,
} from '../../../verify/typescript/src/bundle.ts';
import { type Decision, decide, deviceHash } from '../../../verify/typescript/src/decision.ts';
import { isChannel } from '../../../verify/typescript/src/members.ts';
import { parsePin } from '../../core/pin.ts';
import { quote } from '../../core/quote.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { bundleJson, bundleText } from './bundle-view.ts';
import { rootKeys } from './key-arguments.ts';
import type { SignedPorts } from './ports.ts';

export interface VerifyOptions {
  readonly root: readonly string[];
  readonly channel: string;
  readonly stored?: string;
  readonly host?: string;
  readonly pin?: readonly string[];
  readonly device?: string;
  readonly json?: boolean;
}

/** `pinwatch config verify`: what an app with these roots makes of a bundle, and of a connection. */
export async function verifyFile(
  file: string,
  options: VerifyOptions,
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const path = (options.pin ?? []).map((pin) => orUsageError('--pin', parsePin(pin)).slice('sha256/'.length));
  if (options.host === undefined && (path.length > 0 || options.device !== undefined)) {
    throw new UsageError('--pin and --device: expected with --host, found without');
  }
  const now = ports.clock();
  const found = await verification(file, options, ports);
  if (found.bundle === null) {
    const { outcome, detail } = found;
    output.stdout(
      options.json ? `${JSON.stringify({ outcome, detail })}\n` : `refused: ${outcome}\n  ${detail}\n`,
    );
    return exitStatus.appsFail;
  }
  const { bundle, outcome } = found;
  const decision = await decisionFor(bundle, path, options, now, ports);
  if (options.json) {
    output.stdout(
      `${JSON.stringify({ outcome, ...bundleJson(bundle, now), ...(decision && { connection: decision }) })}\n`,
    );
  } else {
    output.stdout(`${outcome}\n${bundleText(bundle, now)}`);
    if (decision !== null) output.stdout(`${options.host}: ${decisionText(decision)}\n`);
  }
  return decision?.decision === 'mismatch' ? exitStatus.appsFail : exitStatus.ok;
}

/** What an app makes of the file. Throws UsageError for what was given wrongly. */
export async function verification(
  file: string,
  options: Pick<VerifyOptions, 'root' | 'channel' | 'stored'>,
  ports: SignedPorts,
): Promise<Verification> {
  if (!isChannel(options.channel)) {
    throw new UsageError(
      `--channel: expected 26 of the characters a to z and 2 to 7, found ${quote(options.channel)}`,
    );
  }
  const trust = { roots: await rootKeys(options.root, ports), audience: options.channel };
  const read = (place: string, name: string) =>
    orUsageError(`${place}: ${quote(name)}`, ports.readFile(name));
  const bytes = read('FILE', file);
  if (options.stored === undefined) return verifyBundle(bytes, trust, null, ports.subtle);
  const stored = await verifyBundle(read('--stored', options.stored), trust, null, ports.subtle);
  if (stored.bundle === null) {
    throw new UsageError(`--stored: ${quote(options.stored)}: ${stored.outcome}: ${stored.detail}`);
  }
  return verifyBundle(bytes, trust, stored.bundle.held, ports.subtle);
}

async function decisionFor(
  { configuration }: VerifiedBundle,
  path: readonly string[],
  { host, device, channel }: VerifyOptions,
  now: number,
  { subtle }: SignedPorts,
): Promise<Decision | null> {
  if (host === undefined) return null;
  const hash = device === undefined ? null : await deviceHash(subtle, channel, device);
  return decide(configuration, { host, path, device: hash, at: Math.floor(now / 1_000) });
}

function decisionText({ decision, report }: Decision): string {
  if (decision === 'mismatch') return 'mismatch, the app does not connect';
  if (decision === 'not_pinned') return 'not pinned';
  return report ? 'mismatch, only observed: the app connects and reports it' : 'allowed';
}
