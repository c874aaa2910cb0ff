/** An endpoint that was bad, and whose key type is now refused or no longer requested. */
import { describe, expect, test } from 'vitest';
import type { KeyType } from '../../src/core/observation.ts';
import { certificate, failed, intermediate, newLeaf, seen } from '../support/observations.ts';
import { chance } from './balancer.ts';
import { watch } from './incident-rig.ts';

const notServed = (keyType: KeyType) =>
  ({ ...failed('key_type_not_served', '192.0.2.1', keyType), evidence: 'alert' }) as const;
const ecdsa = seen();
const badRsa = seen({ keyType: 'rsa', presented: [newLeaf, intermediate] });
const ed25519 = certificate('ed leaf', 'intermediate', { key: 'Ed25519' });
const badEddsa = seen({ keyType: 'eddsa', presented: [ed25519, intermediate] });

describe('a key type that is refused by an alert', () => {
  test('closes its incident in one probe', () => {
    const domain = watch();
    expect(domain.probe([ecdsa, badRsa])).toEqual(['pin_mismatch opened']);
    expect(domain.probe([ecdsa, notServed('rsa')])).toEqual(['pin_mismatch closed']);
  });

  test.each([[10], [50], [90]])(
    'closes nothing while another server behind the address shows a bad one to %i of 100',
    (bad) => {
      const domain = watch();
      const random = chance(bad);
      const told = Array.from({ length: 90 }, () =>
        domain.probe(() => [ecdsa, random() * 100 < bad ? badRsa : notServed('rsa')]),
      ).flat();
      expect(told).toEqual(['pin_mismatch opened']);
      const later = Array.from({ length: 20 }, () => domain.probe([ecdsa, notServed('rsa')])).flat();
      expect(later.at(-1)).toBe('pin_mismatch closed');
    },
  );
});

describe('a key type that is no longer requested', () => {
  test('closes when the address answers, not before', () => {
    const domain = watch();
    expect(domain.probe([notServed('ecdsa'), notServed('rsa'), badEddsa])).toContain('pin_mismatch opened');
    expect(domain.probe([failed('connection_reset')])).toEqual([]);
    expect(domain.probe([ecdsa])).toContain('pin_mismatch closed');
    expect(domain.state.incidents).toEqual({});
  });
});
