/** Notification channels of an account. Answers have no secrets. */
import { z } from 'zod';
import {
  mostNotifyChannels,
  notifyChannelTypes,
  parseChannelName,
  parseChannelUrl,
  parseSigningKey,
} from '../core/notify-channel.ts';
import { parseTimeOfDay, parseTimeZone } from '../core/quiet-hours.ts';
import { parsedBy } from './parsed-text.ts';
import { list } from './values.ts';
import { severity } from './words.ts';

const severities = z.enum(['critical', 'warning', 'info']);
const timeOfDay = parsedBy(parseTimeOfDay, 5, '22:00');

const quietHours = z
  .strictObject({ from: timeOfDay, to: timeOfDay, timeZone: parsedBy(parseTimeZone, 64, 'Europe/Berlin') })
  .refine(({ from, to }) => from !== to, 'expected two different times');

const givenChannel = z.strictObject({
  name: parsedBy(parseChannelName, 32, 'ops'),
  type: z.enum(notifyChannelTypes),
  url: parsedBy(parseChannelUrl, 2_000, 'https://hooks.example.com/pinwatch')
    .optional()
    .describe('Left out: that of the channel with this name and type, or the usual one of the type.'),
  key: parsedBy(parseSigningKey, 256, 'a-key-of-16-or-more-characters')
    .optional()
    .describe('Left out: the key stays as it was, unless the URL is another one.'),
  minSeverity: severities.default('info'),
  quietHours: quietHours.optional(),
});

export const givenChannels = z
  .array(givenChannel)
  .max(mostNotifyChannels)
  .describe('All channels. What has the same name and type keeps the secrets that are left out.');

export const shownChannels = list(
  z.object({
    name: z.string(),
    type: z.enum(notifyChannelTypes),
    host: z.string().describe('Of the URL, the rest of which is a secret.'),
    hasKey: z.boolean(),
    secretsId: z
      .string()
      .optional()
      .describe('For admins: another one if the URL or the key is another. The start of a SHA-256.'),
    minSeverity: severity,
    quietHours: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }).nullable(),
  }),
);

export const testedChannels = list(
  z.object({
    name: z.string(),
    type: z.enum([...notifyChannelTypes, 'mail']),
    outcome: z.enum(['sent', 'failed_temporary', 'failed_permanent']),
    detail: z.string().describe('What the service answered, or why there is no answer.'),
  }),
);
