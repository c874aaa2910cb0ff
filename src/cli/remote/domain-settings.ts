import { type Command, Option } from 'commander';
import { defaultAlpn } from '../../core/alpn.ts';
import { mailChannel, parseChosenChannel } from '../../core/chosen-channels.ts';
import { type Delivery, deliveryModes, parseDelivery } from '../../core/delivery.ts';
import { ownSettings, type SettingName, settingNames } from '../../core/domain-settings.ts';
import { parseRegion } from '../../core/region.ts';
import { rootBundle } from '../../core/root-bundle.ts';
import type { BodyOf } from '../../wire/exchange.ts';
import {
  keyTypeOption,
  platformOption,
  readCheckRequest,
  readPlatforms,
  repeated,
  unique,
} from '../probing-options.ts';
import { orUsageError, UsageError } from '../usage.ts';
import type { Remote } from './remote.ts';

/** As parsed from the command line; false for the option's `--no-…`. */
export interface SettingOptions {
  readonly connect?: readonly string[] | false;
  readonly keyType?: readonly string[] | false;
  readonly alpn?: readonly string[] | false;
  readonly platform?: readonly string[] | false;
  readonly region?: readonly string[] | false;
  readonly caFile?: string | false;
  readonly deliver?: string | false;
  readonly channel?: readonly string[] | false;
}

interface SettingOption {
  readonly name: keyof SettingOptions;
  readonly option: Option;
  /** `--no-…`, and what it means. */
  readonly without: readonly [flag: string, description: string];
}

/** The options of `domain change`. */
const settingOptions: { readonly [name in SettingName]: SettingOption } = {
  connect: {
    name: 'connect',
    option: repeated(
      '--connect <address>',
      'probe this IP address instead of resolving the host; repeatable',
    ),
    without: ['--no-connect', 'resolve the host again'],
  },
  keyTypes: {
    name: 'keyType',
    option: keyTypeOption('key type to ask for; repeatable'),
    without: ['--no-key-type', "use the installation's key types"],
  },
  alpn: {
    name: 'alpn',
    option: repeated('--alpn <protocol>', 'ALPN protocol to offer, or none; repeatable'),
    without: ['--no-alpn', `offer ${defaultAlpn.join(' and ')} again`],
  },
  platforms: {
    name: 'platform',
    option: platformOption('platform whose rules count; repeatable'),
    without: ['--no-platform', "use the account's platforms"],
  },
  regions: {
    name: 'region',
    option: regionOption(),
    without: ['--no-region', 'look from every region again'],
  },
  ca: {
    name: 'caFile',
    option: new Option('--ca-file <file>', 'PEM file of roots that replace the trust store'),
    without: ['--no-ca-file', 'use the trust store again'],
  },
  deliver: {
    name: 'deliver',
    option: deliverOption(),
    without: ['--no-deliver', 'as pins again, if it has any'],
  },
  channels: {
    name: 'channel',
    option: channelOption(),
    without: ['--no-channel', 'send its notices everywhere again'],
  },
};

export function deliverOption(): Option {
  return new Option(
    '--deliver <mode>',
    `how apps get its pins: ${deliveryModes.join(', ')}; with ,sub for every name below the host, too`,
  );
}

export function channelOption(): Option {
  return repeated(
    '--channel <name>',
    `channel of the account that its notices go to, or ${mailChannel}; repeatable (default: all)`,
  );
}

export function regionOption(): Option {
  return repeated('--region <name>', 'region that it is seen from; repeatable (default: all)');
}

/** Throws UsageError. */
export function readRegions(texts: readonly string[] | undefined): string[] | undefined {
  return texts && unique(texts.map((text) => orUsageError('--region', parseRegion(text))));
}

/** Throws UsageError. */
export function readChannels(texts: readonly string[] | undefined): string[] | undefined {
  return texts && unique(texts.map((text) => orUsageError('--channel', parseChosenChannel(text))));
}

export function addSettingOptions(command: Command): Command {
  for (const name of settingNames) {
    const { option, without } = settingOptions[name];
    command.addOption(option).option(...without);
  }
  return command;
}

/** The settings of a new domain, as the API accepts them. */
export type NewSettings = Omit<BodyOf<'addDomain'>, 'host' | 'pins' | 'pinLevel' | 'note' | 'deliver'> & {
  readonly deliver?: Delivery | undefined;
};

/** null removes a setting; one that is left out stays. */
export type Settings = BodyOf<'changeDomain'>;

/** Throws UsageError, including if no setting is given. */
export function readSettings(
  options: SettingOptions,
  { output, probe }: Pick<Remote, 'output' | 'probe'>,
): Settings {
  const changed = settingNames.filter((name) => options[settingOptions[name].name] !== undefined);
  if (changed.length === 0) {
    const flags = settingNames.map((name) => settingOptions[name].option.long).join(', ');
    throw new UsageError(`expected one of ${flags} or their --no-…, found none`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== false));
  // Read as `check` reads them; the host does not matter here.
  const { domain } = readCheckRequest('HOST', 'localhost', given, output, probe());
  const platforms = readPlatforms(options.platform || undefined);
  const deliver = options.deliver ? orUsageError('--deliver', parseDelivery(options.deliver)) : undefined;
  const channels = readChannels(options.channel || undefined);
  const regions = readRegions(options.region || undefined);
  const read = sentSettings({ ...domain, platforms, deliver, channels, regions });
  return Object.fromEntries(
    changed.map((name) => {
      const isTaken = options[settingOptions[name].name] === false;
      return [name, isTaken ? null : (read[name] ?? null)];
    }),
  );
}

/** A domain's settings as they are sent: of its roots, only the certificates. */
export function sentSettings(domain: Parameters<typeof ownSettings>[0]): NewSettings {
  const { ca, ...settings } = ownSettings(domain);
  return ca === undefined ? settings : { ...settings, ca: rootBundle(ca) };
}
