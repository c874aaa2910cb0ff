/** The settings of a domain: how it is probed and judged. */
import { z } from 'zod';
import { mostAlpn, parseAlpn } from '../core/alpn.ts';
import { mostChosenChannels, parseChosenChannel } from '../core/chosen-channels.ts';
import { deliveryModes } from '../core/delivery.ts';
import { mostAddresses } from '../core/domain.ts';
import type { SettingName } from '../core/domain-settings.ts';
import { canonicalIp } from '../core/ip.ts';
import { keyTypes } from '../core/observation.ts';
import type { Parsed } from '../core/parsed.ts';
import { platforms } from '../core/platforms.ts';
import { quote } from '../core/quote.ts';
import { mostRegions, parseRegion } from '../core/region.ts';
import { mostRootCharacters, mostRoots } from '../core/root-bundle.ts';
import { parsedBy } from './parsed-text.ts';
import { list } from './values.ts';
import { keyType, platform } from './words.ts';

const address = parsedBy(
  (text): Parsed<string> => {
    const value = canonicalIp(text);
    return value === null
      ? { ok: false, problem: `expected an IP address, found ${quote(text)}` }
      : { ok: true, value };
  },
  64,
  '192.0.2.10',
);

export const chosenPlatforms = z
  .array(platform)
  .max(platforms.length)
  .describe('The platforms whose rules count; an empty list is none.');

const delivery = z
  .strictObject({
    mode: z.enum(deliveryModes),
    sub: z.boolean().default(false).describe('It covers every name below the host, too.'),
  })
  .describe('How apps get its pins, in the signed configuration.');

/** The form in requests. */
const sent = {
  connect: z.array(address).min(1).max(mostAddresses).describe('IP addresses that replace name resolution.'),
  keyTypes: z.array(keyType).min(1).max(keyTypes.length),
  alpn: z
    .array(parsedBy(parseAlpn, 255, 'h2'))
    .max(mostAlpn)
    .describe('The ALPN protocols that are offered; an empty list leaves ALPN out.'),
  platforms: chosenPlatforms,
  regions: z
    .array(parsedBy(parseRegion, 40, 'eu-west'))
    .min(1)
    .max(mostRegions)
    .describe('Seen only from these regions, as far as they are known.'),
  ca: z
    .string()
    .max(mostRootCharacters)
    .describe(
      `PEM of the roots that replace the default trust store, at most ${mostRoots}; only the certificates are stored.`,
    ),
  deliver: delivery,
  channels: z
    .array(parsedBy(parseChosenChannel, 32, 'ops'))
    .min(1)
    .max(mostChosenChannels)
    .describe("Where its notices go: names of the account's channels, and mail for its contacts."),
} satisfies { readonly [name in SettingName]: z.ZodType };

export const newSettings = z.strictObject(sent).partial();
/** null removes a setting; one that is left out stays. */
export const settingsChange = z.strictObject(eachNullable(sent)).partial();

/** The form in answers; null if the domain does not set it. */
export const settings = z.object(
  eachNullable({
    connect: list(z.string()),
    keyTypes: list(keyType),
    alpn: list(z.string()),
    platforms: list(platform),
    regions: list(z.string()),
    ca: z.string(),
    deliver: z.object({ mode: z.enum(deliveryModes), sub: z.boolean() }),
    channels: list(z.string()),
  } satisfies { readonly [name in SettingName]: z.ZodType }),
);

function eachNullable<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  const nullable = Object.entries(shape).map(([name, schema]) => [name, schema.nullable()]);
  return Object.fromEntries(nullable) as { [name in keyof Shape]: z.ZodNullable<Shape[name]> };
}
