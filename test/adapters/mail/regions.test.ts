/** What mails say of regions, from the real judgement. */
import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Notice } from '../../../src/core/notice.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { blankRecord, recordProbe } from '../../../src/core/record.ts';
import { judgeLooks } from '../../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../../support/observations.ts';
import { letter } from './letters.ts';
import { expectInOrder } from './order.ts';
import { blindNotice } from './watch-notices.ts';

const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };
const good = seen();
const bad = seen({ presented: [newLeaf, intermediate] });
const from = (region: string, one: Observation): Observation => ({ ...one, region });
const away = from('us-east', failed('region_away', null));

const render = (...notices: readonly Notice[]) =>
  renderLetter({ ...letter([]), transitions: notices }, { from: 'pinwatch@example.com' });
const flat = (text: string) => text.replace(/\s+/g, ' ');

/** The last notice of probes that saw these, each twice. */
function told(...probes: readonly (readonly Observation[])[]): Notice {
  let record = blankRecord;
  let last: Notice | undefined;
  for (const [index, observations] of probes.entries()) {
    const at = now + index * 900_000;
    const looks = Array.from({ length: 5 }, () => observations);
    const judgement = judgeLooks(domain, looks, at, rules.expiringWithinMs);
    const probe = { account: 'acme', judgement, sweep: String(at), at };
    const next = recordProbe(record, probe, rules);
    record = next.record;
    last = next.transitions.at(-1) ?? last;
  }
  if (last === undefined) throw new Error('nothing was told');
  return last;
}

test('one region of several: interception, or a half-finished roll-out there', () => {
  const { subject, text, html } = render(told([from('eu-west', bad), from('us-east', good)]));
  expect(subject).toContain('some apps cannot connect (1 of 2 endpoints, seen from eu-west only)');
  expectInOrder(flat(text), [
    'Do first: find out which server answers in eu-west, where the certificate differs from that seen from us-east',
    'fail when they reach 192.0.2.1 (ecdsa) from eu-west.',
    'It is seen from eu-west only, and not from us-east: somebody intercepts connections there',
    'seen from eu-west only (of eu-west and us-east)',
    '1 endpoint: 192.0.2.1 (ecdsa) from eu-west. No pinned key.',
    '1 endpoint: 192.0.2.1 (ecdsa) from us-east. Pinned key found',
    'Only eu-west sees this; us-east does not.',
    'a) It is yours: a roll-out has reached the servers for eu-west and no others',
    'b) It is not yours: treat it as interception in eu-west',
    'Then check only what differed, from a machine in eu-west',
  ]);
  expect(html).toContain('seen from eu-west only');
});

test('every region: the servers were changed', () => {
  const { subject, text } = render(told([from('eu-west', bad), from('us-east', bad)]));
  expect(subject).not.toContain('seen from');
  expectInOrder(flat(text), [
    'Do first: put the previous certificate and key back on 192.0.2.1 (ecdsa) from eu-west and us-east',
    'It is seen from every region that looks (eu-west and us-east): the key was changed on the servers',
    'Repair the apps first',
  ]);
});

test('one region, while another is blind: nothing is said about the other', () => {
  const { subject, text } = render(told([from('eu-west', bad), away]));
  expect(subject).not.toContain('only');
  expectInOrder(flat(text), ['What us-east sees is unknown.', 'seen from eu-west (us-east is blind)']);
});

test('a region that was forgotten is no recovery', () => {
  const probes = [[from('eu-west', bad), from('us-east', good)], [from('us-east', good)]];
  const { subject, text } = render(told(...probes));
  expect(subject).toContain('nobody looks from there any more');
  expectInOrder(flat(text), [
    'pinwatch no longer looks at api.example.com from where this problem was seen',
    'It closed because no worker of eu-west has been there for a day',
    'Whether the server was fixed is unknown.',
  ]);
});

test('a region without workers is told, and its end', () => {
  const report = {
    ...({ cause: 'region_away', region: 'us-east', others: ['ap-south', 'eu-west'] } as const),
    ...{ domains: 40, seen: 40, lost: 0, examples: [], failures: [] },
  };
  const opened = blindNotice({ severity: 'warning' }, report);
  const { subject, text } = render(opened);
  expect(subject).toBe('pinwatch is blind in us-east - WARNING: no worker answers there [acme]');
  expectInOrder(flat(text), [
    'WARNING: pinwatch is blind in us-east: no worker there answers',
    'Do first: check the workers in us-east, and their way to Redis.',
    'What apps in us-east meet is unknown',
    'Workers in ap-south and eu-west look as before.',
    'region us-east',
    'it is forgotten after a day',
    'pinwatch_region_up{region="us-east"}',
  ]);
  const back = blindNotice({ severity: 'warning', transition: 'closed' }, report);
  expect(flat(render(back).text)).toContain('RESOLVED: pinwatch looks from us-east again');
  const gone = blindNotice({ severity: 'warning', transition: 'closed' }, { ...report, forgotten: true });
  expectInOrder(flat(render(gone).text), [
    'RESOLVED: pinwatch has forgotten us-east',
    'No worker has been in us-east for a day',
  ]);
  const unseen = { ...report, cause: 'region_sees_nothing' } as const;
  const dark = render(blindNotice({ severity: 'warning' }, unseen));
  expect(dark.subject).toBe('pinwatch is blind in us-east - WARNING: nothing is seen from there [acme]');
  expectInOrder(flat(dark.text), [
    'WARNING: pinwatch is blind in us-east: no domain can be judged from there',
    'Do first: check the network and the name resolution of the workers in us-east.',
    'Workers in ap-south and eu-west look as before.',
    'Check one of the domains on a machine in us-east',
    'pinwatch_region_probe_success{region="us-east"}',
  ]);
  const sees = blindNotice({ severity: 'warning', transition: 'closed' }, unseen);
  expect(flat(render(sees).text)).toContain('RESOLVED: pinwatch sees domains from us-east again');
  // Another region is another incident.
  const both = render(opened, blindNotice({ severity: 'warning' }, { ...report, region: 'eu-west' }));
  expect(flat(both.text)).toContain('pinwatch is blind in eu-west');
  expect(flat(both.text)).toContain('pinwatch is blind in us-east');
});
