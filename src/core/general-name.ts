import { addressText } from './ip.ts';
import { quote } from './quote.ts';

/**
 * A name of a subjectAltName or a name constraint (RFC 5280, section 4.2.1.6). Its text is remote, and is bounded when
 * it is shown.
 */
export type GeneralName =
  /** In lower case, because every platform ignores case, even for mailboxes. */
  | { readonly kind: 'dns' | 'mail' | 'uri'; readonly value: string }
  /** 4 or 16 octets in a valid certificate; as a constraint, address and mask. */
  | { readonly kind: 'ip'; readonly value: Uint8Array }
  | { readonly kind: 'directory'; readonly value: DirectoryName }
  /** A form that no platform compares, by its context tag: an otherName, an x400Address, a registeredID … */
  | { readonly kind: 'other'; readonly tag: number };

/** The RelativeDistinguishedNames in the order of the encoding, each as a string that is equal for equal names. */
export type DirectoryName = readonly string[];

/** The name for a sentence: `the name "api.example.com"`. A directory name is long, so only its kind is named. */
export function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return `the name ${quote(name.value)}`;
    case 'mail':
      return `the mail address ${quote(name.value)}`;
    case 'uri':
      return `the URI ${quote(name.value)}`;
    case 'ip':
      return `the address ${addressText(name.value)}`;
    case 'directory':
      return 'a directory name';
    case 'other':
      return `a name of the form [${name.tag}]`;
    default:
      return name satisfies never;
  }
}
