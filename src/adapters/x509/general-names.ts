import type { GeneralName } from '../../core/general-name.ts';
import { type Element, sequenceOf } from './der.ts';
import { relativeNameKeys } from './name.ts';

const RFC822_NAME = 0x81;
const DNS_NAME = 0x82;
const DIRECTORY_NAME = 0xa4;
const URI = 0x86;
const IP_ADDRESS = 0x87;

/** GeneralNames (RFC 5280, section 4.2.1.6). Throws DecodeProblem. */
export function readGeneralNames(bytes: Uint8Array): GeneralName[] {
  return sequenceOf(bytes, 'GeneralNames').map((element) => readGeneralName(bytes, element));
}

/** Text as it stands, a character for each octet: what is no ASCII equals no host, and is seen as it was sent. */
export function readGeneralName(bytes: Uint8Array, { tag, content, end }: Element): GeneralName {
  const octets = bytes.subarray(content, end);
  const text = () => Buffer.from(octets).toString('latin1');
  switch (tag) {
    case RFC822_NAME:
      return { kind: 'mail', value: text() };
    case DNS_NAME:
      return { kind: 'dns', value: text() };
    case URI:
      return { kind: 'uri', value: text() };
    case IP_ADDRESS:
      return { kind: 'ip', value: octets };
    case DIRECTORY_NAME:
      return directoryName(octets);
    default:
      return { kind: 'other', tag: tag & 0x1f };
  }
}

/** A name that is too long to be compared is of no form that is: no constraint on directory names is kept by it. */
export function directoryName(name: Uint8Array): GeneralName {
  const value = relativeNameKeys(name);
  return value === null ? { kind: 'other', tag: DIRECTORY_NAME & 0x1f } : { kind: 'directory', value };
}
