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
    const isAround = (base: GeneralName) => isWithin(name, base);
    const allowed = permitted.filter(isOfItsForm);
    const forbidden = excluded.filter(isOfItsForm);
    const compared = [...allowed, ...forbidden];
    if (compared.length > 0 && [name, ...compared].some(({ kind }) => kind === 'other')) {
      return { code: 'UNSUPPORTED_CONSTRAINT_TYPE', name };
    }
    if (allowed.length > 0 && !allowed.some(isAround)) return { code: 'PERMITTED_VIOLATION', name };
    if (forbidden.some(isAround)) return { code: 'EXCLUDED_VIOLATION', name };
  }
  return null;
}

/** A constraint says nothing about names of another form than its own. Numbered as the context tags of GeneralName. */
function formOf(name: GeneralName): number {
  return name.kind === 'other' ? name.tag : FORMS[name.kind];
}

const FORMS = { mail: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/** The name lies in the subtree of a base of the same form. */
function isWithin(name: GeneralName, base: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return base.kind === name.kind && isInDomain(name.value.toLowerCase(), base.value.toLowerCase());
    case 'mail':
      return base.kind === name.kind && isMailbox(name.value.toLowerCase(), base.value.toLowerCase());
    case 'uri':
      return base.kind === name.kind && isAtHost(name.value.toLowerCase(), base.value.toLowerCase());
    case 'ip':
      return base.kind === name.kind && isInNetwork(name.value, base.value);
    case 'directory':
      return base.kind === name.kind && isBelow(name.value, base.value);
    case 'other':
      return false;
    default:
      return name satisfies never;
  }
}

/** The name itself and what is below it; of a base that begins with a dot only what is below, as every validator reads it. */
function isInDomain(name: string, base: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : name === base || name.endsWith(`.${base}`);
}

/** A base is one mailbox (compared without case, as the platforms do), one host, or, beginning with a dot, all hosts below. */
function isMailbox(mailbox: string, base: string): boolean {
  if (base.includes('@')) return mailbox === base;
  return isHost(mailbox.slice(mailbox.lastIndexOf('@') + 1), base);
}

/** Only the host of a URI is compared; one without a host is in no subtree. */
function isAtHost(uri: string, base: string): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#]+)/.exec(uri)?.[1];
  return host !== undefined && isHost(host, base);
}

/** Unlike a DNS name, a host is not taken for its subdomains. */
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

function isBelow(name: DirectoryName, base: DirectoryName): boolean {
  return base.length <= name.length && base.every((rdn, at) => rdn === name[at]);
}
