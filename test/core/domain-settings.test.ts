import { expect, test } from 'vitest';
import {
  allSettings,
  domainSettings,
  ownSettings,
  settingsDifference,
  settingText,
} from '../../src/core/domain-settings.ts';

const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

test('a domain’s own settings are those that are present; an empty list is one', () => {
  const values = { connect: ['192.0.2.1'], keyTypes: null, alpn: [], platforms: undefined, host: 'a' };
  expect(ownSettings(values)).toEqual({ connect: ['192.0.2.1'], alpn: [] });
  expect(allSettings(values)).toEqual({
    connect: ['192.0.2.1'],
    keyTypes: null,
    alpn: [],
    platforms: null,
    ca: null,
    deliver: null,
    channels: null,
    regions: null,
  });
});

test('the order matters in a sequence, not in a set; none is not the same as an empty list', () => {
  const now = {
    connect: ['192.0.2.1', '192.0.2.2'],
    alpn: ['h2', 'http/1.1'],
    platforms: null,
    keyTypes: null,
  };
  const same = { connect: ['192.0.2.2', '192.0.2.1'], alpn: ['h2', 'http/1.1'] };
  expect(settingsDifference(now, same)).toEqual({});
  expect(settingsDifference(now, { ...same, alpn: ['http/1.1', 'h2'], platforms: [] })).toEqual({
    alpn: ['http/1.1', 'h2'],
    platforms: [],
  });
  expect(settingsDifference(now, { alpn: ['h2', 'http/1.1'] })).toEqual({ connect: null });
});

test('roots are the same however they are written', () => {
  const [one, other] = [pem('CERTIFICATE', 'TUlJ'), pem('CERTIFICATE', 'QUFB')];
  expect(settingsDifference({ ca: one }, { ca: `# a comment\n${one}${one}` })).toEqual({});
  expect(settingsDifference({ ca: one }, { ca: other })).toEqual({ ca: other });
  expect(settingsDifference({ ca: one }, {})).toEqual({ ca: null });
});

test('how pins are delivered is one value', () => {
  const now = { deliver: { mode: 'pins', sub: false } } as const;
  expect(settingsDifference(now, { deliver: { sub: false, mode: 'pins' } })).toEqual({});
  expect(settingsDifference(now, { deliver: { mode: 'pins', sub: true } })).toEqual({
    deliver: { mode: 'pins', sub: true },
  });
  expect(settingsDifference(now, {})).toEqual({ deliver: null });
  expect(settingText({ mode: 'pins', sub: true }, 'replaced')).toBe('pins,sub');
});

test('for people a list is shown as it is, and roots without PEM', () => {
  expect(settingText(['android', 'ios'], 'replaced')).toBe('android, ios');
  expect(settingText([], 'replaced')).toBe('none');
  expect(settingText(pem('CERTIFICATE', 'TUlJ'), 'replaced')).toBe('replaced');
  expect(Object.values(domainSettings).map(({ label }) => label)).not.toContain('');
});
