/** Name constraints (RFC 5280, section 4.2.1.10), compared as the validators of the platforms compare them. */
import type { DirectoryName, GeneralName } from './general-name.ts';

/** The subtrees of one CA. Those permitted for a form of name are alternatives; excluded ones win. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface ForbiddenName {
  readonly code: 'PERMITTED_VIOLATION' | 'EXCLUDED_VIOLATION' | 'UNSUPPORTED_CONSTRAINT_TYPE';
  readonly name: GeneralName;
}

/**
 * The first of the names that the constraints forbid; null if they forbid none. It takes up to one comparison for each pair of
 * a name and a constraint, which the caller bounds.
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

/** A constraint says nothing about names of another form than its own. Numbered as the context tags of GeneralName. */
function formOf(name: GeneralName): number {
  return name.kind === 'other' ? name.tag : FORMS[name.kind];
}

const FORMS = { mail: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/** Whether the name lies in the subtree of a base of its form; null for a name that can't be compared, which must be refused then. */
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

/** The name itself and what is below it; of a base that begins with a dot only what is below, as every validator reads it. */
function isInDomain(name: string, base: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : name === base || name.endsWith(`.${base}`);
}

/** A base is one mailbox, one host, or, beginning with a dot, every host below. */
function isMailbox(mailbox: string, base: string): boolean {
  if (base.includes('@')) return mailbox === base;
  return isHost(mailbox.slice(mailbox.lastIndexOf('@') + 1), base);
}

/** Unlike a DNS name, a host doesn't stand for its subdomains. */
function isHost(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) : base === '' || host === base;
}

/** The base is an address and a mask of as many octets. */
function isInNetwork(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address;
  if (base.length !== 2 * length) return false;
  return address.every((octet, at) => {
    const mask = base[length + at] ?? 0;
    return (octet & mask) === ((base[at] ?? 0) & mask);
  });
}

/**
 * A network such as 10.1.2.3/255.0.0.0, written with an address inside it. Android and Java compare it as it stands, so that no
 * address is in it; it permits nothing there, and what others would exclude by it stays excluded.
 */
function hasHostBits(base: GeneralName): boolean {
  if (base.kind !== 'ip') return false;
  const half = base.value.length / 2;
  return base.value.subarray(0, half).some((octet, at) => (octet & ~(base.value[half + at] ?? 0)) !== 0);
}

function isBelow(name: DirectoryName, base: DirectoryName): boolean {
  return base.length <= name.length && base.every((rdn, at) => rdn === name[at]);
}
