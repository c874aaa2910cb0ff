import { expect, test } from 'vitest';
import type { Certificate } from '../../src/core/certificate.ts';
import { chainPins } from '../../src/core/chain-pins.ts';
import { type Position, positionOf } from '../../src/core/position.ts';
import { judge } from '../../src/core/verdict.ts';
import {
  certificate,
  intermediate,
  leaf,
  now,
  root,
  type SeenOptions,
  seen,
} from '../support/observations.ts';

const own = certificate('own root', 'own root');
const below = certificate('below', 'own root');
const selfSigned = certificate('alone', 'alone');
const crossSigned = { ...certificate('own root', 'elsewhere'), pin: own.pin };

test.each<[what: string, options: SeenOptions, positions: Position[]]>([
  ['ends in an anchor of the store', {}, ['leaf', 'intermediate', 'root']],
  [
    'ends in an anchor that was sent',
    { presented: [leaf, intermediate, root], anchor: null, problem: null },
    ['leaf', 'intermediate', 'root'],
  ],
  ['reaches the anchor, but is for another host', { hostMatches: false }, ['leaf', 'intermediate', 'root']],
  [
    'ends in an untrusted root',
    { presented: [leaf, below, own], anchor: null },
    ['leaf', 'intermediate', 'root'],
  ],
  [
    'ends in such a root, and has expired too',
    { presented: [leaf, below, own], anchor: null, problem: 'CERT_HAS_EXPIRED' },
    ['leaf', 'intermediate', 'root'],
  ],
  ['ends short of any root', { presented: [leaf, intermediate], anchor: null }, ['leaf', 'intermediate']],
  [
    'ends in a cross-signed one',
    { presented: [leaf, below, crossSigned], anchor: null },
    ['leaf', 'intermediate', 'intermediate'],
  ],
  ['is a self-signed leaf', { presented: [selfSigned], anchor: null }, ['leaf']],
])(
  'a path that %s, in the check, its matched pin and the pins to choose from',
  (_what, options, positions) => {
    const observation = seen(options);
    const certificates = observation.path.certificates.map((entry) => entry.certificate);
    const shown = judge({ host: 'api.example.com', port: 443, pins: [] }, [observation], now, 0);
    const [endpoint] = shown.check.endpoints;
    expect(endpoint?.path.map((_, index) => positionOf(endpoint, index))).toEqual(positions);
    expect(certificates.map((one) => matchedAt(one, options))).toEqual(positions);
    const [chain] = chainPins([observation]).chains;
    expect(chain?.path.map(({ position }) => position)).toEqual(positions);
  },
);

function matchedAt({ pin }: Certificate, options: SeenOptions): Position | undefined {
  const domain = { host: 'api.example.com', port: 443, pins: [pin] };
  return judge(domain, [seen(options)], now, 0).check.endpoints[0]?.matched?.position;
}
