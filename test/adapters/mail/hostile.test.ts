import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { incidentKinds, type Transition } from '../../../src/core/incident.ts';
import { certificate, check, endpoint, failedEndpoint, letter, pin, pins, transition } from './letters.ts';

const from = 'pinwatch <pinwatch@example.com>';
const render = (...transitions: Transition[]) => renderLetter(letter(transitions), { from });

const evil = [
  'CN=a\r\nBcc: evil@example.net\r\n\r\n<script>alert(1)</script>',
  `CN="><img src=x onerror=alert(1)>'${'A'.repeat(220)}`,
  'CN=\u202emoc.elpmaxe.ipa\u202c\u200b\u2066\u0000\u001b[2J\u009b\u2028',
  "CN=&lt;b&gt;`$(reboot)`'; reboot #",
];

test('hostile text reaches no header, HTML or terminal unescaped', () => {
  for (const name of evil) {
    const leaf = certificate(name, name, pins.rogue);
    const path = [{ pin: leaf.pin, subject: name, from: 'presented' as const }];
    const hostile = endpoint('192.0.2.10', pins.rogue, {
      presented: [leaf],
      path,
      trusted: false,
      trustError: 'CERT_HAS_EXPIRED',
    });
    const failed = { ...failedEndpoint('192.0.2.11', 'connection_refused') };
    const findings: Finding[] = [{ code: 'pin_mismatch', severity: 'critical', message: name }];
    const endpoints = [hostile, { ...failed, failure: { code: 'tls_alert' as const, message: name } }];
    for (const kind of incidentKinds) {
      const rendered = render(transition({ kind, check: check(endpoints, findings) }));
      expectHarmless(rendered);
    }
  }
});

test('whatever a certificate says, the mail stays well-formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const leaf = certificate(name, name, pins.rogue);
      const hostile = endpoint('192.0.2.10', pins.rogue, { presented: [leaf] });
      expectHarmless(render(transition({ check: check([hostile]) })));
    }),
    { numRuns: 50 },
  );
});

function expectHarmless({ subject, text, html, headers }: ReturnType<typeof render>) {
  for (const header of [subject, ...Object.values(headers)]) {
    expect(header).toMatch(/^[\x20-\x7e…]+$/);
    expect(header).not.toContain('evil');
  }
  for (const part of [text, html])
    expect(part.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  const tags = [...html.matchAll(/<[^>]*>?/g)].map(([tag]) => tag);
  const known =
    /^<(?:\/?(?:html|head|meta|title|style|body|table|tr|td|h1|h2|p|span|div|b|code|ul|li|ol|pre|hr)|!DOCTYPE)\b[^<>]*>$/;
  for (const tag of tags) {
    expect(tag).toMatch(known);
    // No remote content and no links; all attributes are ours.
    expect(tag).not.toMatch(/\s(?:src|href|on\w+)=|url\(/i);
  }
}

test('a subject is bounded, whatever the names', () => {
  const domain = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.com:8443`;
  for (const kind of incidentKinds) {
    for (const what of ['opened', 'closed'] as const) {
      const one = transition({ kind, domain, transition: what });
      const { subject } = renderLetter(letter([one], { account: 'x'.repeat(100) }), { from });
      expect(subject.length).toBeLessThanOrEqual(150);
      expect(subject).toContain('8443');
    }
  }
});

test('the most severe domain of a hostile server also stays within bounds', () => {
  const name = '<&"\'>'.repeat(51);
  const endpoints = Array.from({ length: 16 }, (_, index) => {
    const presented = Array.from({ length: 20 }, (__, place) =>
      certificate(name, name, pin(`${index} ${place}`)),
    );
    const path = presented.map((sent) => ({
      pin: sent.pin,
      subject: sent.subject,
      from: 'presented' as const,
    }));
    return endpoint(`192.0.2.${index}`, pins.rogue, { presented, path });
  });
  const second = transition({ incident: 'b', domain: 'b.example.com' });
  const { html, text } = render(transition({ check: check(endpoints) }), second);
  expect(Buffer.byteLength(html)).toBeLessThan(102_000);
  expect(text.replace(/\s+/g, ' ')).toContain('with other chains: see pinwatch.json');
});
