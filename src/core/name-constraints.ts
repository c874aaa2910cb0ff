/** Name constraints (RFC 5280, section 4.2.1.10), compared as the platforms' validators do. */
import type { DirectoryName, GeneralName } from './general-name.ts';

/** The subtrees of one CA. Permitted subtrees of a form of name are alternatives; excluded ones take precedence. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface ForbiddenName {
  readonly code: 'PERMITTED_VIOLATION' | 'EXCLUDED_VIOLATION' | 'UNSUPPORTED_CONSTRAINT_TYPE';
  readonly name: GeneralName;
}

/**
 * The first name that the constraints forbid; null if they forbid none. Takes up to one comparison for each pair of a
 * name and a constraint, which the caller limits.
 */
export function forbiddenName(
  names: readonly GeneralName[],
  { permitted, excluded }: NameConstraints,
): ForbiddenName | null {
  for (const name of names) {
    const isOfItsForm = (base: GeneralName) => formOf(base) === formOf(name);
    const allowed = permitted.filter(isOfItsForm);
    const forbidden = excluded.filter(isOfItsForm);
    if (allowed.length + forbidden.length === 0) continue;
    const isWithin = subtreeTest(name);
    if (isWithin === null || [...allowed, ...forbidden].some(({ kind }) => kind === 'other')) {
      return { code: 'UNSUPPORTED_CONSTRAINT_TYPE', name };
    }
    if (allowed.length > 0 && !allowed.some((base) => isWithin(base) && !hasHostBits(base)))
      return { code: 'PERMITTED_VIOLATION', name };
    if (forbidden.some(isWithin)) return { code: 'EXCLUDED_VIOLATION', name };
  }
  return null;
}

/** A constraint applies only to names of its own form. The numbers are the context tags of GeneralName. */
function formOf(name: GeneralName): number {
  return name.kind === 'other' ? name.tag : FORMS[name.kind];
}

const FORMS = { mail: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/**
 * Tests whether the name is in the subtree of a base of its form; null if the name can't be compared and must be
 * refused.
 */
function subtreeTest(name: GeneralName): ((base: GeneralName) => boolean) | null {
  switch (name.kind) {
    case 'dns':
      return (base) => base.kind === name.kind && isInDomain(name.value, base.value);
    case 'mail':
      return (base) => base.kind === name.kind && isMailbox(name.value, base.value);
    case 'uri': {
      const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#]+)/.exec(name.value)?.[1];
      return host === undefined ? null : (base) => base.kind === name.kind && isHost(host, base.value);
    }
    case 'ip':
      return (base) => base.kind === name.kind && isInNetwork(name.value, base.value);
    case 'directory':
      return (base) => base.kind === name.kind && isBelow(name.value, base.value);
    case 'other':
      return null;
    default:
      return name satisfies never;
  }
}

/**
 * The base itself and names below it; if the base begins with a dot, only names below it, as every validator reads it.
 */
function isInDomain(name: string, base: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : name === base || name.endsWith(`.${base}`);
}

/** A base is one mailbox, one host, or, if it begins with a dot, every host below it. */
function isMailbox(mailbox: string, base: string): boolean {
  if (base.includes('@')) return mailbox === base;
  return isHost(mailbox.slice(mailbox.lastIndexOf('@') + 1), base);
}

/** Unlike a DNS name, a host doesn't include its subdomains. */
function isHost(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) : base === '' || host === base;
}

/** The base is an address followed by a mask of the same length. */
function isInNetwork(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address;
  if (base.length !== 2 * length) return false;
  return address.every((octet, at) => {
    const mask = base[length + at] ?? 0;
    return (octet & mask) === ((base[at] ?? 0) & mask);
  });
}

/**
 * A network with host bits, such as 10.1.2.3/255.0.0.0. Android and Java compare the address unmasked, so no address
 * matches: it permits nothing there. What others exclude with it stays excluded.
 */
function hasHostBits(base: GeneralName): boolean {
  if (base.kind !== 'ip') return false;
  const half = base.value.length / 2;
  return base.value.subarray(0, half).some((octet, at) => (octet & ~(base.value[half + at] ?? 0)) !== 0);
}

function isBelow(name: DirectoryName, base: DirectoryName): boolean {
  return base.length <= name.length && base.every((rdn, at) => rdn === name[at]);
}
