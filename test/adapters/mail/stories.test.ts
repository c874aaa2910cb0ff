/** What a letter about several incidents contains, how much, and in which order. */
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { composeLetter } from '../../../src/adapters/mail/message.ts';
import { byName } from '../../../src/adapters/mail/natural.ts';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Transition } from '../../../src/core/incident.ts';
import {
  burst,
  certificate,
  check,
  endpoint,
  failedEndpoint,
  letter,
  pin,
  pins,
  transition,
} from './letters.ts';
import { expectInOrder } from './order.ts';

const from = 'pinwatch@example.com';
const render = (...transitions: Transition[]) => renderLetter(letter(transitions), { from });
const flat = (text: string) => text.replace(/\s+/g, ' ');
/** Gmail cuts a message off at 102 KB. */
const gmailLimit = 102_000;

function edges(...names: readonly string[]): Transition[] {
  return names.map((domain) => transition({ incident: domain, domain }));
}

test('names are in the order in which people count', () => {
  const names = ['edge-10.example.com', 'edge-2.example.com', 'edge-1.example.com'];
  expect([...names].sort(byName)).toEqual([names[2], names[1], names[0]]);
  expect(['192.0.2.10', '192.0.2.9'].sort(byName)).toEqual(['192.0.2.9', '192.0.2.10']);
  const { subject, text } = render(...edges(...names));
  expect(subject).toMatch(/^edge-1\.example\.com and 2 more: /);
  expectInOrder(text, ['- edge-1.example.com', '- edge-2.example.com', '- edge-10.example.com']);
  const endpoints = ['192.0.2.10', '192.0.2.9'].map((address) => endpoint(address, pins.rogue));
  expect(render(transition({ check: check(endpoints) })).text).toContain('192.0.2.9, 192.0.2.10 (ecdsa)');
});

describe('one story for each distinct chain', () => {
  const stories = (text: string) => text.split('WHAT IS PRESENTED').length - 1;

  test('what many domains present is described once, with their names', () => {
    const { text } = render(
      ...edges(...Array.from({ length: 40 }, (_, index) => `edge-${index}.example.com`)),
    );
    expect(stories(text)).toBe(1);
    expect(flat(text)).toContain(
      'The same is presented for edge-1.example.com, edge-2.example.com, edge-3.example.com,',
    );
    expect(flat(text)).toContain('edge-16.example.com and 23 more: what follows applies to them, too');
    expect(text).not.toContain('more: one line each');
  });

  test('a different key, kind or outcome is a different story', () => {
    const other = check([endpoint('192.0.2.10', pin('other'))]);
    const [first, second] = edges('a.example.com', 'b.example.com') as [Transition, Transition];
    expect(stories(render(first, second).text)).toBe(1);
    expect(stories(render(first, { ...second, check: other }).text)).toBe(2);
    expect(stories(render(first, { ...second, kind: 'untrusted' }).text)).toBe(2);
    expect(stories(render(first, { ...second, transition: 'closed' }).text)).toBe(2);
  });
});

describe('the HTML part', () => {
  /** Of the message, as it is sent. */
  async function htmlPart(transitions: readonly Transition[]): Promise<{ bytes: number; html: string }> {
    const raw = (await composeLetter(letter(transitions), { from })).toString();
    const start = raw.indexOf('Content-Type: text/html');
    const { html = '' } = await PostalMime.parse(raw);
    return { bytes: raw.indexOf('\r\n--=_pinwatch', start) - start, html };
  }
  const hostile = (name: string) => {
    const endpoints = Array.from({ length: 16 }, (_, index) => {
      const presented = Array.from({ length: 20 }, (__, place) =>
        certificate(name, name, pin(`${index} ${place}`)),
      );
      return endpoint(`192.0.2.${index}`, pins.rogue, { presented });
    });
    return transition({ check: check(endpoints) });
  };

  test.each([
    ['500 domains with a chain each', burst(500)],
    ['2,000 of them', burst(2_000)],
    ['a hostile server', [hostile('<&"\'>'.repeat(51))]],
    ['one whose names are in another script', [hostile('証'.repeat(255))]],
    ['one of them among others', [hostile('='.repeat(255)), ...burst(100)]],
  ])('stays below what Gmail cuts off, also as it goes over the wire: %s', async (_, transitions) => {
    const { bytes, html } = await htmlPart(transitions);
    expect(bytes).toBeLessThan(gmailLimit);
    expect(bytes).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(html)).toBeLessThan(gmailLimit);
    expect(html).toContain('What to do');
    expect(html).toContain('</html>');
  });
});

describe('the advice', () => {
  const commandsOf = (text: string) =>
    text
      .split('\n\n')
      .map((block) => block.trim())
      .filter((block) => /^(?:pinwatch|openssl) /.test(block));

  test('never gives a command twice, not even in two stories of one domain', () => {
    const partial = [endpoint('192.0.2.10', pins.primary), endpoint('192.0.2.11', pins.rogue)];
    const down = check([failedEndpoint(null, 'dns_not_found')]);
    const unreachable = transition({ incident: 'b', kind: 'unreachable', severity: 'warning', check: down });
    const trust = transition({ incident: 'c', kind: 'untrusted' });
    const letters = [
      [transition({ check: check(partial) })],
      [unreachable],
      [transition(), unreachable, trust, transition({ incident: 'd', kind: 'certificate_expiring' })],
    ];
    for (const transitions of letters) {
      const commands = commandsOf(render(...transitions).text);
      expect(commands.length).toBeGreaterThan(1);
      expect(commands).toEqual([...new Set(commands)]);
    }
  });

  test('never takes an address out of service for a key type that fails next to one that works', () => {
    const both = (address: string, rsa = pins.rogue) => [
      endpoint(address, pins.primary),
      endpoint(address, rsa, { keyType: 'rsa' }),
    ];
    const beside = flat(
      render(transition({ check: check([...both('192.0.2.10'), ...both('192.0.2.11')]) })).text,
    );
    expect(beside).not.toContain('out of DNS');
    expect(beside).toContain(
      'Do first: replace the rsa certificate, which is served alongside one that matches',
    );
    expect(beside).toContain('Leave the addresses in service');
    const whole = [endpoint('192.0.2.9', pins.rogue), endpoint('192.0.2.9', pins.rogue, { keyType: 'rsa' })];
    const mixed = flat(render(transition({ check: check([...both('192.0.2.10'), ...whole]) })).text);
    expect(mixed).toContain(
      'Do first: give 192.0.2.9 (ecdsa, rsa) the certificate of the others, or take it out of DNS',
    );
    expect(mixed).toContain('Only the rsa certificate differs, at 192.0.2.10;');
  });
});

describe('connections that disagree', () => {
  const mixed = endpoint('192.0.2.10', pins.rogue, {
    connections: { judged: 5, mismatched: 2, untrusted: 0 },
  });
  const connections = { bad: 2, of: 5 };

  test('are reported as some of them, and the address stays in service', () => {
    const { subject, text } = render(transition({ check: check([mixed]), connections }));
    expect(subject).toContain('CRITICAL: some apps cannot connect (2 of 5 connections)');
    expectInOrder(flat(text), [
      'Do first: find the servers behind 192.0.2.10 (ecdsa) that present a different key',
      'fail on some connections to 192.0.2.10 (ecdsa): 2 of 5 were shown a key that is not pinned',
      'No pinned key. This was seen on 2 of 5 connections, not on the others.',
      'Leave the address in service',
    ]);
    expect(flat(text)).not.toMatch(
      /out of DNS|Every app of account|put the previous certificate and key back/,
    );
  });

  test('next to an address where nothing matches: that one may go, the other may not', () => {
    const { text } = render(
      transition({ check: check([mixed, endpoint('192.0.2.9', pins.rogue)]), connections }),
    );
    expect(flat(text)).toContain('Do first: give 192.0.2.9 (ecdsa) the certificate of the others');
    expect(flat(text)).toContain('They connect on other connections, so some users notice nothing');
  });

  test('apply to an untrusted chain, too', () => {
    const distrusted = { ...mixed, trusted: false, trustError: 'CERT_HAS_EXPIRED' as const };
    const expired = { code: 'certificate_expired', severity: 'critical', message: 'it expired' } as const;
    const { subject, text } = render(
      transition({ kind: 'untrusted', check: check([distrusted], [expired]), connections }),
    );
    expect(subject).toContain('some apps cannot connect');
    expect(flat(text)).toContain('refuses api.example.com on 2 of 5 connections, before any pin is checked');
  });
});

test('a chain seen before the handshake broke off is shown, with the reason', () => {
  const failure = { code: 'connection_reset', message: 'the server cut the connection' } as const;
  const { text } = render(transition({ check: check([endpoint('192.0.2.10', pins.rogue, { failure })]) }));
  expectInOrder(flat(text), [
    'No pinned key. connection_reset: the server cut the connection',
    'leaf - not pinned',
    `not seen ${pins.primary}`,
  ]);
});

test('each mail names the installation and the runbook, if they are known', () => {
  const places = {
    publicUrl: 'https://pinwatch.example.com',
    runbookUrl: 'https://wiki.example.com/runbook',
  };
  const { text, headers } = renderLetter(letter([transition()]), { from, ...places });
  expect(headers['X-Pinwatch-Url']).toBe(places.publicUrl);
  expect(flat(text)).toContain(`It was sent by pinwatch at ${places.publicUrl}.`);
  expect(flat(text)).toContain(`with PINWATCH_URL=${places.publicUrl}`);
  expect(text).toMatch(
    /On the page of pinwatch:\n+ +https:\/\/pinwatch\.example\.com\/accounts\/acme\/domains\/\S+\n/,
  );
  expect(text).toContain('\n     https://wiki.example.com/runbook#pin_mismatch\n');
  const plain = render(transition());
  expect(plain.headers).not.toHaveProperty('X-Pinwatch-Url');
  expect(plain.text).toContain('Background: docs/runbook.md, under pin_mismatch.');
});

test('each letter says at its top what to do first', () => {
  for (const transitions of [[transition()], edges('a.example.com', 'b.example.com'), burst(500)]) {
    const [, second = ''] = render(...transitions).text.split('\n\n');
    expect(flat(second)).toMatch(/^Do first( \(\S+\))?: put the previous certificate and key back/);
  }
});
