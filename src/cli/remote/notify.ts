import type { Command } from 'commander';
import { table } from '../table.ts';
import { exitStatus } from '../usage.ts';
import {
  type CommonOptions,
  carryOut,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

interface TestOptions extends CommonOptions {
  readonly channel?: string;
}

export function addNotifyCommands(pinwatch: Command, remote: Remote): void {
  const notify = group(pinwatch, 'notify', 'notification channels of an account', ['notify test acme']);
  remoteCommand(
    notify,
    'test <account>',
    'send an example by mail and through every channel, and show the answers',
    ['notify test acme', 'notify test acme --channel ops', 'notify test acme --channel mail'],
  )
    .option('--channel <name>', 'only through this one, or mail')
    .action((text: string, options: TestOptions) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const body = options.channel === undefined ? {} : { channel: options.channel };
        const tested = (await client.call('testChannels', { params: { account }, body })).body;
        present(remote, options, tested, ({ channels }) =>
          table(
            ['channel', 'type', 'outcome', 'answer'],
            channels.map(({ name, type, outcome, detail }) => [name, type, outcome, detail]),
            false,
          ),
        );
        return tested.channels.every(({ outcome }) => outcome === 'sent')
          ? exitStatus.ok
          : exitStatus.undetermined;
      });
    });
}
