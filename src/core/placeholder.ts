/** What stands in example files for a value of the reader's own. */
import type { Pin } from './pin.ts';

/** No key has such a hash: seven characters that spell a word come up once in four million million. */
export function isPlaceholderPin(pin: Pin): boolean {
  return pin.startsWith('sha256/Example');
}

/** Whether mail to this address can't reach anyone: its domain is reserved for examples (RFC 2606, sections 2 and 3). */
export function isPlaceholderAddress(address: string): boolean {
  return /[@.](?:example\.(?:com|net|org)|example|invalid)$/i.test(address);
}
