import type { GeneralName } from './general-name.ts';
import { addressBytes } from './ip.ts';

/**
 * Whether one of a leaf's subjectAltNames names the host (RFC 9525, section 6), as the verifiers of OkHttp and Apple
 * decide. The common name never counts. Whether the host is valid was decided when it was resolved, so underscores are
 * compared like letters.
 */
export function namesHost(names: readonly GeneralName[], host: string): boolean {
  const address = addressBytes(host);
  if (address !== null) {
    return names.some((name) => name.kind === 'ip' && isSame(name.value, address));
  }
  const reference = withoutRoot(host.toLowerCase());
  if (reference === '' || reference.startsWith('.')) return false;
  return names.some((name) => name.kind === 'dns' && covers(withoutRoot(name.value), reference));
}

function isSame(octets: Uint8Array, others: readonly number[]): boolean {
  return octets.length === others.length && octets.every((octet, at) => octet === others[at]);
}

/** Without the trailing dot of an absolute name, which only one of the two may have. */
function withoutRoot(name: string): string {
  return name.replace(/\.$/, '');
}

/**
 * A wildcard is the whole first label and matches exactly one label; only OkHttp accepts it directly below a top-level
 * domain.
 */
function covers(presented: string, host: string): boolean {
  if (!presented.startsWith('*.')) return presented === host;
  const domain = presented.slice('*.'.length);
  return domain.includes('.') && host.slice(host.indexOf('.') + 1) === domain;
}
