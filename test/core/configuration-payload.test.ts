import { expect, test } from 'vitest';
import { configurationPayload, undatedPayload } from '../../src/core/configuration-payload.ts';
import { readConfigurationText } from '../../src/core/configuration-text.ts';

const audience = 'mfrggzdfmztwq2lknnwg23tpob';
const defaults = { audience, issuedAt: 1_000, expiresAt: 2_000 };
const [a, b] = [
  '2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=',
  'aPdMAtA2HlJQSU3iyv4U12anVkv4Is1uQKz4jvc+t/4=',
];
const hash = 'A'.repeat(43);

function read(written: object | string) {
  const found = readConfigurationText(
    typeof written === 'string' ? written : JSON.stringify(written),
    defaults,
  );
  if (!found.ok) throw new Error(found.problem);
  return found.value;
}

const payload = (written: object | string) => {
  const configuration = read(written);
  return configurationPayload(configuration, configuration);
};

test('the text: members in order, hosts and pins sorted, defaults left out', () => {
  const written = {
    devices: [{ until: 7, h: hash }],
    default: 'roots',
    domains: {
      'www.example.com': { sub: false, pins: [b, a, b], mode: 'pins' },
      'api.example.com': { mode: 'off', pins: [a] },
    },
    roots: [b, a],
    refresh: 180,
    afterExpiry: 'enforce',
    ver: 3,
  };
  expect(payload(written)).toBe(
    `{"v":1,"aud":"${audience}","ver":3,"iat":1000,"exp":2000,"default":"roots","domains":{"api.example.com":{"mode":"off"},` +
      `"www.example.com":{"mode":"pins","pins":["${a}","${b}"]}},"roots":["${a}","${b}"],"devices":[{"h":"${hash}","until":7}]}`,
  );
});

test('what is signed is read back as it was meant', () => {
  const written = {
    ver: 9,
    refresh: 60,
    afterExpiry: 'off',
    domains: { 'a.example': { mode: 'observe', pins: [a], sub: true }, 'b.example': { mode: 'roots' } },
    roots: [a],
    devices: [{ h: hash, until: 1, domains: ['a.example'] }],
  };
  const text = payload(written);
  expect(payload(text)).toBe(text);
});

test('the same content has the same text without its dates', () => {
  const one = read({ ver: 1, domains: { 'a.example': { mode: 'pins', pins: [a, b] } } });
  const other = read({
    ver: 1,
    iat: 5,
    exp: 6,
    domains: { 'a.example': { pins: [b, a], mode: 'pins', sub: false } },
  });
  expect(undatedPayload(one)).toBe(undatedPayload(other));
  expect(undatedPayload(read({ ver: 2, domains: {} }))).not.toBe(
    undatedPayload(read({ ver: 1, domains: {} })),
  );
});

test('pins may have every spelling that pinwatch knows', () => {
  const hex = Buffer.from(a, 'base64').toString('hex');
  const pins = [`sha256/${a}`, hex, `pin-sha256="${b}"`];
  expect(payload({ ver: 1, domains: { 'a.example': { mode: 'pins', pins } } })).toContain(
    `"pins":["${a}","${b}"]`,
  );
});

const domains = { 'a.example': { mode: 'pins', pins: [a] } };
test.each<[string, object | string, string]>([
  ['no JSON', '{"ver": 1', 'JSON, character 10: expected a comma or }'],
  ['a list', [], 'expected a JSON object'],
  ['a claim twice', '{"ver": 1, "ver": 2, "domains": {}}', 'JSON, character 12: expected each member once'],
  ['another version of the format', { v: 2, ver: 1, domains }, 'v: expected 1'],
  ['no ver', { domains }, 'ver: expected an integer from 1 to 9007199254740991, in digits'],
  ['no domains', { ver: 1 }, 'domains: expected an object'],
  [
    'a misspelt claim',
    { ver: 1, domians: {}, domains },
    '"domians": unknown member, expected one of v, aud,',
  ],
  [
    'a misspelt member',
    { ver: 1, domains: { 'a.example': { mode: 'off', subs: true } } },
    'domains["a.example"]."subs": unknown member',
  ],
  [
    'a misspelt member of a device',
    { ver: 1, domains, devices: [{ h: hash, until: 1, domain: [] }] },
    'devices[0]."domain": unknown member',
  ],
  [
    'no mode',
    { ver: 1, domains: { 'a.example': {} } },
    'domains["a.example"].mode: expected one of pins, observe, roots, off',
  ],
  [
    'no pin',
    { ver: 1, domains: { 'a.example': { mode: 'pins', pins: [a, 'x'] } } },
    'domains["a.example"].pins[1]: expected 44 base64 characters',
  ],
  [
    'a port',
    { ver: 1, domains: { 'a.example:443': { mode: 'off' } } },
    'domains: expected hosts: lower-case A-labels, two or more, no address, no port; found "a.example:443"',
  ],
  ['another channel in bad form', { aud: 'x', ver: 1, domains }, 'aud: expected a channel id'],
  [
    'an entry that is a text',
    { ver: 1, domains: { 'a.example': 'off' } },
    'domains["a.example"]: expected an object',
  ],
  [
    'a pin that is a number',
    { ver: 1, domains: { 'a.example': { mode: 'pins', pins: [7] } } },
    '.pins[0]: expected 44',
  ],
  ['roots that are none', { ver: 1, domains, roots: 'x' }, 'roots: expected an array of 0 to 300'],
])('%s is refused, with its place', (_, written, problem) => {
  expect(() => read(written)).toThrow(problem);
});
