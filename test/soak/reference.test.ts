import { beforeEach, expect, test } from 'vitest';
import { type Change, createReference, type Reference } from '../../soak/reference.ts';
import type { Api } from '../../soak/targets.ts';

const api = { name: 'api.example.com:8443', host: 'api.example.com', account: 'acme' } as Api;
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
}

function mail(transitions: readonly Told[], messageId = `<${++mails}@example.com>`, more: object = {}): void {
  const told = transitions.map(
    ({
      transition,
      kind = 'pin_mismatch',
      incident = 'first',
      domain = api.name,
      shows = sha256,
      flapping,
    }) => ({
      ...{ transition, kind, incident, domain, ...(flapping && { flapping }) },
      check: { endpoints: [{ presented: [{ certificateSha256: shows }] }] },
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
