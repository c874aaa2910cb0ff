import { hash } from 'node:crypto';
import { chainFingerprint } from '../../core/chain-fingerprint.ts';

export function fingerprintOf(chain: readonly Uint8Array[]): string {
  return chainFingerprint(chain, (bytes) => hash('sha256', bytes, 'base64'));
}
