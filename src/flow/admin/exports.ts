/** An account's pins in a format that apps ship. */
import type { Pin } from '../../core/pin.ts';
import type { PinFormat } from '../../core/pin-format.ts';
import type { PinWriter, WriteChoices } from '../write-pins.ts';
import type { AdminStore } from './admin-store.ts';
import { importedRules, type RulesPorts, registeredRules } from './exported-rules.ts';
import { done, type Outcome, refuse, unknownAccount } from './outcome.ts';

export interface ExportPorts extends RulesPorts {
  readonly adminStore: RulesPorts['adminStore'] & Pick<AdminStore, 'account'>;
  readonly pinWriter: PinWriter;
}

export interface PinExport {
  readonly text: string;
  readonly notes: readonly string[];
}

export interface ExportRequest extends WriteChoices {
  readonly format: PinFormat;
  /** What an app version ships with, instead of the registry's pins. */
  readonly pinSet?: string | undefined;
  /** Only the host of this domain, on all its ports. */
  readonly domain?: string | undefined;
  /** A key that the server will present later: its pin is added. */
  readonly forRotation?: Pin | undefined;
}

/** Of thousands of hosts with the same fault, as many sentences are enough. */
const mostTold = 20;

export async function exportPins(
  account: string,
  { format, pinSet, domain, forRotation, ...choices }: ExportRequest,
  { pinWriter, ...ports }: ExportPorts,
): Promise<Outcome<PinExport>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  if (pinSet !== undefined && (domain !== undefined || forRotation !== undefined)) {
    return refuse(
      'unprocessable',
      'a pin set is exported as it is: expected no domain and no rotation with it',
    );
  }
  const needsSeen = pinWriter.needsSeen(format);
  const found =
    pinSet === undefined
      ? await registeredRules(account, { domain, forRotation }, needsSeen, ports)
      : await importedRules(account, pinSet, needsSeen, ports);
  if (!found.ok) return found;
  const { rules, seen, notes } = found.value;
  const written = pinWriter.write(format, rules, { ...choices, seen });
  if (!written.ok) return refuse('unprocessable', shortened(written.problems).join('; '));
  return done({ text: written.text, notes: shortened([...notes, ...written.notes]) });
}

function shortened(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - mostTold;
  return more > 0 ? [...sentences.slice(0, mostTold), `and ${more} more`] : sentences;
}
