import type { Command } from 'commander';
import { type Pin, parsePin } from '../../core/pin.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { row } from '../layout.ts';
import { unique } from '../probing-options.ts';
import { orUsageError, UsageError } from '../usage.ts';
import { pinsText } from './domain-text.ts';
import { printable } from './printable.ts';
import {
  type CommonOptions,
  carryOut,
  group,
  present,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';

interface NoteOptions extends CommonOptions {
  readonly note?: string;
}

interface ForceOptions extends NoteOptions {
  readonly force?: boolean;
}

export function addPinCommands(pinwatch: Command, remote: Remote): void {
  const pins = group(pinwatch, 'pin', 'pins of a domain, and of certificates and keys', [
    'pin from next.csr',
    'pin add acme api.example.com sha256/… --note "the next key"',
  ]);
  const text = ({ pins }: AnswerOf<'listPins'>) => pinsText(pins, remote.output.colour);
  const changed = (options: CommonOptions, answer: AnswerOf<'replacePins'>) => {
    if (answer.warning) remote.output.stderr(`${row('warning', printable(answer.warning)).join('\n')}\n`);
    return present(remote, options, answer, text);
  };

  remoteCommand(
    pins,
    'list <account> <domain>',
    "a domain's pins, who added them, and whether they are in use",
    ['pin list acme api.example.com'],
  ).action((accountArgument: string, domainArgument: string, options: CommonOptions) => {
    const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
    return carryOut(remote, { account, domain }, async (client) => {
      const { body } = await client.call('listPins', { params: { account, domain } });
      return present(remote, options, body, text);
    });
  });

  remoteCommand(pins, 'add <account> <domain> <pin>', 'add a pin: a backup, or the next key', [
    'pin add acme api.example.com sha256/… --note "backup, key in the safe"',
  ])
    .option('--note <text>', 'why; kept with the pin')
    .action((accountArgument: string, domainArgument: string, pinArgument: string, options: NoteOptions) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      const pin = readPin(pinArgument);
      return carryOut(remote, { account, domain }, async (client) => {
        const body = { pin, note: options.note ?? '' };
        const added = await client.call('addPin', { params: { account, domain }, body });
        return changed(options, added.body);
      });
    });

  const remove = remoteCommand(
    pins,
    'remove <account> <domain> <pin>',
    'remove a pin that no app in use still has',
    ['pin remove acme api.example.com sha256/…'],
  );
  forceable(remove).action(
    (accountArgument: string, domainArgument: string, pinArgument: string, options: ForceOptions) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      const pin = readPin(pinArgument);
      const { note, force } = readForce(options);
      return carryOut(remote, { account, domain }, async (client) => {
        const request = { params: { account, domain, pin }, query: { note, force } };
        const removed = await client.call('removePin', request);
        return changed(options, removed.body);
      });
    },
  );

  const replace = remoteCommand(
    pins,
    'replace <account> <domain> <pins...>',
    'replace all pins of a domain with these',
    ['pin replace acme api.example.com sha256/… sha256/…'],
  );
  forceable(replace).action(
    (
      accountArgument: string,
      domainArgument: string,
      pinArguments: readonly string[],
      options: ForceOptions,
    ) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      const wanted = unique(pinArguments.map(readPin));
      const { note, force } = readForce(options);
      return carryOut(remote, { account, domain }, async (client) => {
        const params = { account, domain };
        // The change is conditional on the pins that were there when it was requested.
        const { etag } = await client.call('showDomain', { params });
        const request = { params, body: { pins: wanted, note, force }, ifMatch: etag };
        const replaced = await client.call('replacePins', request);
        return changed(options, replaced.body);
      });
    },
  );
}

function readPin(text: string): Pin {
  return orUsageError('PIN', parsePin(text));
}

export function forceable(command: Command): Command {
  return command
    .option('--note <text>', 'why; kept in the audit trail')
    .option('--force', 'do it even if apps would fail; requires --note');
}

export function readForce({ note = '', force = false }: ForceOptions): { note: string; force: boolean } {
  if (force && note.trim() === '')
    throw new UsageError('--force: expected a --note that says why, found none');
  return { note, force };
}
