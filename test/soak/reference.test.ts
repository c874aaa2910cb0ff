import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { type Change, createReference, type Reference } from '../../soak/reference.ts';
import type { Api } from '../../soak/targets.ts';

const der = Buffer.from('the pinned certificate');
const pins = ['a pin', 'another pin'];
const api = {
  ...{ name: 'api.example.com:8443', host: 'api.example.com', account: 'acme' },
  ...{ pins, good: { der } },
} as unknown as Api;
const good = createHash('sha256').update(der).digest('hex');
const sha256 = 'ab'.repeat(32);
let reference: Reference;
let mails = 0;
beforeEach(() => {
  reference = createReference([api]);
});

interface Told {
  readonly transition: string;
  readonly kind?: string;
  readonly incident?: string;
  readonly domain?: string;
  readonly shows?: string;
  readonly flapping?: object;
  readonly severity?: string;
  readonly pins?: readonly string[];
  readonly seen?: boolean;
}

function mail(transitions: readonly Told[], messageId = `<${++mails}@example.com>`, more: object = {}): void {
  const told = transitions.map(
    ({
      transition,
      kind = 'pin_mismatch',
      incident = 'first',
      domain = api.name,
      shows = transition === 'closed' ? good : sha256,
      flapping,
      severity = 'critical',
      pins: told = pins,
      seen = false,
    }) => ({
      ...{ transition, kind, incident, domain, severity, ...(flapping && { flapping }) },
      check: {
        pins: told.map((pin) => ({ pin, seen })),
        endpoints: [{ presented: [{ certificateSha256: shows }] }],
      },
    }),
  );
  const content = JSON.stringify({ account: 'acme', transitions: told, ...more });
  reference.mail({ messageId, to: ['devops@acme.example'], content });
}

function visible(): Change {
  const change = reference.change(api, 'key', sha256);
  change.visibleFrom = 1;
  return change;
}

test('a change that is told as opened and as over', () => {
  const change = visible();
  mail([{ transition: 'opened' }]);
  expect(change).toMatchObject({ isNoticed: true, isOpeningTold: true, isEndTold: false });
  change.visibleUntil = 2;
  mail([{ transition: 'closed' }]);
  expect(change.isEndTold).toBe(true);
  expect(reference.wrong).toEqual([]);
  expect(reference.counts).toMatchObject({
    changes: 1,
    openingsTold: 1,
    endsTold: 1,
    mails: 2,
    duplicates: 0,
  });
});

test('a mail may tell both, the end first', () => {
  visible().visibleUntil = 2;
  mail([{ transition: 'closed' }, { transition: 'opened' }]);
  expect(reference.wrong).toEqual([]);
});

test('an end that the store may have lost is not waited for, and may be told once all the same', () => {
  const change = visible();
  mail([{ transition: 'opened' }]);
  change.visibleUntil = 2;
  reference.storeLost('perhaps a moment');
  reference.forget(change);
  mail([{ transition: 'closed' }]);
  reference.judge();
  expect(reference.wrong).toEqual([]);
  mail([{ transition: 'closed' }]);
  expect(reference.wrong).toEqual([expect.stringMatching(/told as closed before/)]);
});

test.each<[string, () => void, RegExp]>([
  [
    'what clients never met',
    () => mail([{ transition: 'opened', shows: 'cd'.repeat(32) }]),
    /never met cdcd/,
  ],
  [
    'what they do not meet yet',
    () => {
      reference.change(api, 'key', sha256);
      mail([{ transition: 'opened' }]);
    },
    /never met/,
  ],
  [
    'another kind',
    () => {
      visible();
      mail([{ transition: 'opened', kind: 'untrusted' }]);
    },
    /never met/,
  ],
  [
    'the same under another incident',
    () => {
      visible();
      mail([{ transition: 'opened' }, { transition: 'opened', incident: 'second' }]);
    },
    /was told before, as first/,
  ],
  [
    'an end while clients still meet it',
    () => {
      visible();
      mail([{ transition: 'opened' }, { transition: 'closed' }]);
    },
    /clients still meet change 1/,
  ],
  [
    'an end without a beginning',
    () => {
      visible().visibleUntil = 2;
      mail([{ transition: 'closed' }]);
    },
    /never told as opened/,
  ],
  [
    'an opening, in another mail again',
    () => {
      visible();
      mail([{ transition: 'opened' }]);
      mail([{ transition: 'opened' }]);
    },
    /opened .*told in two mails/,
  ],
  [
    'an end, in another mail again',
    () => {
      visible().visibleUntil = 2;
      mail([{ transition: 'opened' }, { transition: 'closed' }]);
      mail([{ transition: 'closed' }]);
    },
    /closed .*told in two mails/,
  ],
  [
    'other content with the same Message-ID',
    () => {
      visible().visibleUntil = 2;
      mail([{ transition: 'opened' }], '<grown@example.com>');
      mail([{ transition: 'opened' }, { transition: 'closed' }], '<grown@example.com>');
    },
    /<grown@example.com>: told "opened first", and then "closed first, opened first"/,
  ],
  [
    'a change of what was never told as opened',
    () => {
      visible();
      mail([{ transition: 'changed' }]);
    },
    /not told as opened before/,
  ],
  [
    'another severity',
    () => {
      visible();
      mail([{ transition: 'opened', severity: 'warning' }]);
    },
    /critical, and told as warning/,
  ],
  [
    'other pins',
    () => {
      visible();
      mail([{ transition: 'opened', pins: ['a pin'] }]);
    },
    /with other pins/,
  ],
  [
    'a pinned key that clients did not meet',
    () => {
      visible();
      mail([{ transition: 'opened', seen: true }]);
    },
    /told with a pinned key/,
  ],
  [
    'an end that shows what is over',
    () => {
      visible().visibleUntil = 2;
      mail([{ transition: 'opened' }, { transition: 'closed', shows: sha256 }]);
    },
    /it shows abab.*, and not what clients meet/,
  ],
  [
    'an end of an outage that was not told',
    () => {
      reference.down([api])();
      mail([{ transition: 'closed', kind: 'unreachable' }]);
    },
    /never told as opened/,
  ],
  [
    'a server that was reachable',
    () => mail([{ transition: 'opened', kind: 'unreachable' }]),
    /it was reachable/,
  ],
  [
    'a server that is not back',
    () => {
      reference.down([api]);
      mail([
        { transition: 'opened', kind: 'unreachable' },
        { transition: 'closed', kind: 'unreachable' },
      ]);
    },
    /it is unreachable/,
  ],
  [
    'a domain of nobody',
    () => mail([{ transition: 'opened', domain: 'other.example.com' }]),
    /no such domain/,
  ],
  [
    'a kind that nothing explains',
    () => mail([{ transition: 'opened', kind: 'certificate_expiring' }]),
    /nothing of that kind/,
  ],
  [
    'blindness',
    () => mail([], undefined, { watchTransitions: [{ transition: 'opened', kind: 'blind' }] }),
    /could be seen/,
  ],
  [
    'a reminder',
    () => {
      visible();
      mail([{ transition: 'opened' }, { transition: 'reminder' }]);
    },
    /no reminder is due/,
  ],
])('wrongly told: %s', (_, happen, reason) => {
  happen();
  reference.judge();
  expect(reference.wrong).toEqual([expect.stringMatching(reason)]);
});

test('a duplicate has the same Message-ID, and nothing new counts twice', () => {
  visible();
  mail([{ transition: 'opened' }], '<same@example.com>');
  // Ages are of the moment of sending, so the text differs.
  mail([{ transition: 'opened' }], '<same@example.com>', { version: 1 });
  expect(reference.counts).toMatchObject({ mails: 2, duplicates: 1, openingsTold: 1 });
  expect(reference.wrong).toEqual([]);
});

test('an outage is open until its end is told', () => {
  reference.down([api])();
  mail([{ transition: 'opened', kind: 'unreachable' }]);
  expect(reference.unreachable).toEqual([expect.stringContaining(api.name)]);
  mail([{ transition: 'closed', kind: 'unreachable' }]);
  expect(reference.unreachable).toEqual([]);
  expect(reference.wrong).toEqual([]);
});

test('a store that has lost something may tell it again, also before that is known', () => {
  visible();
  mail([{ transition: 'opened' }]);
  mail([{ transition: 'opened' }]);
  reference.storeLost('perhaps a moment');
  reference.judge();
  expect(reference.wrong).toEqual([]);
});

test('a mail to somebody else', () => {
  reference.mail({ messageId: '<a>', to: ['devops@globex.example'], content: '{"account":"acme"}' });
  expect(reference.wrong).toEqual([expect.stringContaining('not its contact')]);
});

test('an emptied store: what is visible has to be told again, what is over is excused', () => {
  const change = visible();
  mail([{ transition: 'opened' }]);
  reference.storeLost('all');
  expect(change).toMatchObject({ isNoticed: false, isOpeningTold: false, excused: null });
  mail([{ transition: 'opened', incident: 'second' }]);
  expect(change.isOpeningTold).toBe(true);
  change.visibleUntil = 2;
  reference.storeLost('all');
  expect(change.excused).toContain('lost what was owed');
  expect(reference.wrong).toEqual([]);
  mail([
    { transition: 'opened', incident: 'third' },
    { transition: 'opened', incident: 'fourth' },
  ]);
  expect(reference.wrong).toEqual([expect.stringContaining('told before')]);
});

test('an incident of the log has to be in a mail', () => {
  const change = visible();
  reference.noticed(api.name, 'pin_mismatch', 'first');
  expect(change.isNoticed).toBe(true);
  expect(reference.untold).toEqual([expect.stringContaining('incident first')]);
  mail([{ transition: 'opened' }]);
  expect(reference.untold).toEqual([]);
});
