/** Distinguished names (RFC 5280 section 4.1.2.4), including those that no honest issuer would write. */
import type { asn1 } from 'node-forge';
import { oid, type StringKind, sequence, setOf, text } from './der.ts';

export interface NameAttribute {
  /** CN, O, OU, C, L, ST, DC, emailAddress, UID, serialNumber, or a dotted OID. */
  readonly type: string;
  /** A Buffer's bytes are written as they are. */
  readonly value: string | Buffer;
  /** Default: printable for C and serialNumber, ia5 for DC and emailAddress, else utf8. */
  readonly string?: StringKind;
}

/** Attributes in encoding order, most general first. A nested list is one multi-valued RDN. */
export type DistinguishedName = readonly (NameAttribute | readonly NameAttribute[])[];

const ATTRIBUTES: Readonly<Record<string, { oid: string; string: StringKind }>> = {
  CN: { oid: '2.5.4.3', string: 'utf8' },
  serialNumber: { oid: '2.5.4.5', string: 'printable' },
  C: { oid: '2.5.4.6', string: 'printable' },
  L: { oid: '2.5.4.7', string: 'utf8' },
  ST: { oid: '2.5.4.8', string: 'utf8' },
  O: { oid: '2.5.4.10', string: 'utf8' },
  OU: { oid: '2.5.4.11', string: 'utf8' },
  UID: { oid: '0.9.2342.19200300.100.1.1', string: 'utf8' },
  DC: { oid: '0.9.2342.19200300.100.1.25', string: 'ia5' },
  emailAddress: { oid: '1.2.840.113549.1.9.1', string: 'ia5' },
};

export function nameToAsn1(name: DistinguishedName): asn1.Asn1 {
  return sequence(
    ...name.map((rdn) => setOf(...(isMultiValued(rdn) ? rdn.map(attributeToAsn1) : [attributeToAsn1(rdn)]))),
  );
}

// Array.isArray does not narrow a readonly array.
function isMultiValued(rdn: NameAttribute | readonly NameAttribute[]): rdn is readonly NameAttribute[] {
  return Array.isArray(rdn);
}

function attributeToAsn1(attribute: NameAttribute): asn1.Asn1 {
  const known = ATTRIBUTES[attribute.type];
  if (known === undefined && !/^[012](\.\d+)+$/.test(attribute.type)) {
    throw new TypeError(
      `name attribute: expected one of ${Object.keys(ATTRIBUTES).join(', ')} or a dotted OID, found "${attribute.type}"`,
    );
  }
  return sequence(
    oid(known?.oid ?? attribute.type),
    text(attribute.string ?? known?.string ?? 'utf8', attribute.value),
  );
}
