import type { GeneralName } from '../../core/general-name.ts';
import { DecodeProblem, type Element, sequenceOf } from './der.ts';
import { relativeNameKeys } from './name.ts';

const RFC822_NAME = 0x81;
const DNS_NAME = 0x82;
const DIRECTORY_NAME = 0xa4;
const URI = 0x86;
const IP_ADDRESS = 0x87;
/** otherName, x400Address, ediPartyName and registeredID. */
const UNCOMPARED = [0xa0, 0xa3, 0xa5, 0x88];

const addressOctets = [4, 16];

/** GeneralNames (RFC 5280, section 4.2.1.6). Throws DecodeProblem. */
export function readGeneralNames(bytes: Uint8Array): GeneralName[] {
  return sequenceOf(bytes, 'GeneralNames').map((element) => readGeneralName(bytes, element, addressOctets));
}

/**
 * The base of a subtree of name constraints, where an address is followed by a mask of the same length. Throws
 * DecodeProblem.
 */
export function readSubtreeBase(bytes: Uint8Array, element: Element): GeneralName {
  return readGeneralName(
    bytes,
    element,
    addressOctets.map((octets) => 2 * octets),
  );
}

/** Text has one character per octet, in lower case: non-ASCII text equals no host. */
function readGeneralName(
  bytes: Uint8Array,
  { tag, content, end }: Element,
  ipOctets: readonly number[],
): GeneralName {
  const octets = bytes.subarray(content, end);
  const text = () => Buffer.from(octets).toString('latin1').toLowerCase();
  switch (tag) {
    case RFC822_NAME:
      return { kind: 'mail', value: text() };
    case DNS_NAME:
      return { kind: 'dns', value: text() };
    case URI:
      return { kind: 'uri', value: text() };
    case IP_ADDRESS:
      // Only OpenSSL accepts other lengths; to all others the whole extension is malformed.
      if (!ipOctets.includes(octets.length)) {
        throw new DecodeProblem(
          `iPAddress: expected ${ipOctets.join(' or ')} octets, found ${octets.length}`,
        );
      }
      return { kind: 'ip', value: octets };
    case DIRECTORY_NAME:
      return directoryName(octets);
    default:
      if (!UNCOMPARED.includes(tag))
        throw new DecodeProblem(`GeneralName: unknown tag 0x${tag.toString(16)}`);
      return { kind: 'other', tag: tag & 0x1f };
  }
}

/** A name that is too long to compare gets the form `other`, so that constraints on directory names refuse it. */
export function directoryName(name: Uint8Array): GeneralName {
  const value = relativeNameKeys(name);
  return value === null ? { kind: 'other', tag: DIRECTORY_NAME & 0x1f } : { kind: 'directory', value };
}
