/** Devices of pentesters that are not pinned for a time. */
import type { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { shortHash } from '../../core/unpinned-device.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { again } from '../probing-options.ts';
import { table } from '../table.ts';
import { orUsageError, UsageError } from '../usage.ts';
import {
  ago,
  type CommonOptions,
  carryOut,
  done,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

interface UnpinOptions extends CommonOptions {
  readonly for: string;
  readonly note: string;
  readonly domain?: readonly string[];
}

type Devices = AnswerOf<'listDevices'>['devices'];

export function addDeviceCommands(pinwatch: Command, remote: Remote): void {
  const devices = group(
    pinwatch,
    'device',
    'devices that apps do not pin for a time, for a penetration test',
    ['device list acme'],
  );
  const { output, clock } = remote;

  remoteCommand(devices, 'list <account>', 'the devices that are not pinned now', [
    'device list acme',
  ]).action((text: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) => {
      const { body } = await client.call('listDevices', { params: { account } });
      return present(remote, options, body, (answer) => listText(answer.devices, clock(), output.colour));
    });
  });

  remoteCommand(devices, 'unpin <account> <id>', 'let a device go without pins for a time', [
    'device unpin acme 5f0c2a9e71b84d3f9c6d1e0a7b2c4d58 --for 8h --note "pentest"',
  ])
    .requiredOption('--for <duration>', 'how long, 1m to 7d')
    .requiredOption('--note <text>', 'why, and for whom')
    .option('--domain <host>', 'only for this entry of the configuration; repeatable', again)
    .addHelpText(
      'after',
      `
ID is what the app shows on its hidden screen. Only its hash is stored and published.
Active apps have the list within 5 minutes. The platform still checks trust, so the
proxy's authority has to be installed on the device. The contacts of the account get
a mail. At its time the device is pinned again by itself; at most 20 at a time.
Needs the role pentester, which can do nothing else, or account-publisher.`,
    )
    .action((text: string, id: string, options: UnpinOptions) => {
      const account = readAccount(text);
      orUsageError('--for', parseDuration(options.for));
      if (options.note.trim() === '') throw new UsageError('--note: expected a reason, found none');
      return carryOut(remote, { account }, async (client) => {
        const body = {
          ...{ id, for: options.for, note: options.note },
          domains: options.domain === undefined ? null : [...options.domain],
        };
        const { body: device } = await client.call('unpinDevice', { params: { account }, body });
        return present(
          remote,
          options,
          device,
          ({ device: hash, until }) =>
            `device ${shortHash(hash)} is not pinned until ${until}; active apps know within 5 minutes\n`,
        );
      });
    });

  remoteCommand(devices, 'repin <account> <device>', 'pin a device again before its time', [
    'device repin acme 3q2-7wAB',
  ])
    .addHelpText('after', '\nDEVICE is as "device list" shows it.')
    .action((text: string, device: string, options: CommonOptions) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        await client.call('repinDevice', { params: { account, device } });
        return done(
          remote,
          options,
          { pinned: device },
          `device ${device} is pinned again; active apps know within 5 minutes`,
        );
      });
    });
}

function listText(devices: Devices, now: number, colour: boolean): string {
  if (devices.length === 0) return 'every device is pinned\n';
  const rows = devices.map(({ device, until, by, note, domains }) => [
    shortHash(device),
    ago(until, now),
    by,
    domains === null ? 'all hosts' : domains.join(', '),
    note,
  ]);
  return table(['device', 'pinned', 'by', 'for', 'note'], rows, colour);
}
