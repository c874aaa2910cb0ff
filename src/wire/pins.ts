/** Pins of a domain. */
import { z } from 'zod';
import { mostPins } from '../core/pin.ts';
import { domainParams } from './domain-name.ts';
import { answer, request } from './named.ts';
import { note, pin } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, pinText } from './values.ts';

/** All pins that a domain has. */
export const pinSet = z.array(pin).max(mostPins);

export const notedPin = answer(
  'NotedPin',
  z.object({
    pin: pinText,
    seen: z
      .boolean()
      .nullable()
      .describe('Whether it was on a path at the last probe; null if nothing could be judged then.'),
    note: z.string().nullable(),
    by: z.string().nullable(),
    at: noTime,
  }),
);
const pins = answer('Pins', z.object({ pins: list(notedPin) }));
const changedPins = answer(
  'ChangedPins',
  pins.extend({
    warning: z
      .string()
      .nullable()
      .describe('While a pin mismatch is open: what the change does not fix, and which apps still fail.'),
  }),
);

export const pinRoutes = {
  listPins: {
    method: 'GET',
    path: '/accounts/:account/domains/:domain/pins',
    may: 'read_account',
    tag: 'pins',
    summary: "A domain's pins, and whether they are in use",
    params: domainParams,
    answers: { 200: pins },
  },
  addPin: {
    method: 'POST',
    path: '/accounts/:account/domains/:domain/pins',
    may: 'edit_account',
    tag: 'pins',
    summary: 'Add a pin',
    params: domainParams,
    body: request('NewPin', z.strictObject({ pin, note: note.default('') })),
    ifMatch: true,
    answers: { 200: changedPins },
  },
  replacePins: {
    method: 'PUT',
    path: '/accounts/:account/domains/:domain/pins',
    may: 'edit_account',
    tag: 'pins',
    summary: 'Replace the pins',
    params: domainParams,
    body: request(
      'PinReplacement',
      z.strictObject({
        pins: pinSet,
        note: note.default(''),
        force: z.boolean().default(false).describe('Make the change even if apps would fail; needs a note.'),
      }),
    ),
    ifMatch: true,
    answers: { 200: changedPins },
  },
  removePin: {
    method: 'DELETE',
    path: '/accounts/:account/domains/:domain/pins/:pin',
    may: 'edit_account',
    tag: 'pins',
    summary: 'Remove a pin (its / and + percent-encoded)',
    params: domainParams.extend({ pin }),
    query: z.strictObject({
      note: note.default(''),
      force: z.stringbool().default(false).describe('Remove it even if apps would fail; needs a note.'),
    }),
    ifMatch: true,
    answers: { 200: changedPins },
  },
} satisfies RouteTable;
