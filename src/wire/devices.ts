/** Devices that apps do not pin for a time. */
import { z } from 'zod';
import { deviceId, longestUnpinMs, shortestUnpinMs } from '../core/unpinned-device.ts';
import { accountParams } from './accounts.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { duration, printable } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, time } from './values.ts';

const device = answer(
  'UnpinnedDevice',
  z.object({
    device: z.string().describe("`deviceHash` of the app's library, base64url."),
    until: time,
    domains: list(z.string()).nullable().describe('null: for all hosts.'),
    by: z.string(),
    at: time,
    note: z.string(),
  }),
);

export const deviceRoutes = {
  listDevices: {
    method: 'GET',
    path: '/accounts/:account/config/devices',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'The devices that are not pinned now',
    params: accountParams,
    answers: { 200: answer('UnpinnedDevices', z.object({ devices: list(device) })) },
  },
  unpinDevice: {
    method: 'POST',
    path: '/accounts/:account/config/devices',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'Let a device go without pins for a time, as for a penetration test',
    params: accountParams,
    body: request(
      'DeviceRequest',
      z.strictObject({
        id: z
          .string()
          .regex(deviceId, 'expected the id as the app shows it: 8 to 128 characters without spaces')
          .describe('As the app shows it. It is hashed, and neither stored nor logged.'),
        for: duration([shortestUnpinMs, longestUnpinMs], '8h'),
        note: printable(1, 1_000).describe('Why, and by whom it was asked for.'),
        domains: z
          .array(z.string().max(253))
          .min(1)
          .max(100)
          .nullable()
          .default(null)
          .describe('Only for these entries of the configuration.'),
      }),
    ),
    answers: { 201: device },
  },
  repinDevice: {
    method: 'DELETE',
    path: '/accounts/:account/config/devices/:device',
    may: 'unpin_devices',
    tag: 'config',
    summary: 'Pin a device again before its time',
    params: accountParams.extend({
      device: z.string().regex(/^[\w-]{4,43}$/, 'expected the hash of a device, or its beginning'),
    }),
    answers: { 204: nothing },
  },
} satisfies RouteTable;
