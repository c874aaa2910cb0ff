/** A bounded reader for DER (X.690): one element at a time, no recursion, no copies. */

/** Why bytes that a server sent are not a certificate. The message contains no text from the bytes. */
export class DecodeProblem extends Error {
  override readonly name = 'DecodeProblem';
}

/** The position of one element: `[start, end)` with tag and length, `[content, end)` without. */
export interface Element {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
} as const;

/** Reads the element at `at`, which must end by `limit`. Definite lengths of up to four octets only. */
export function elementAt(bytes: Uint8Array, at: number, limit: number, what: string): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit) {
    throw new DecodeProblem(`${what}: expected an element at byte ${at}, found the end`);
  }
  if ((tag & 0x1f) === 0x1f) throw new DecodeProblem(`${what}: tag number above 30 at byte ${at}`);
  let content = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) {
      throw new DecodeProblem(`${what}: expected a definite length at byte ${at + 1}`);
    }
    length = 0;
    for (let i = 0; i < octets; i += 1) length = length * 256 + (bytes[content + i] ?? 0);
    content += octets;
  }
  const end = content + length;
  if (end > limit) {
    throw new DecodeProblem(`${what}: ends at byte ${end}, ${end - limit} beyond the enclosing element`);
  }
  return { tag, start: at, content, end };
}

/** Like `elementAt`, and the tag must be the given one. */
export function expect(bytes: Uint8Array, at: number, limit: number, tag: number, what: string): Element {
  const element = elementAt(bytes, at, limit, what);
  if (element.tag !== tag) {
    throw new DecodeProblem(
      `${what}: expected tag 0x${hexOctet(tag)} at byte ${at}, found 0x${hexOctet(element.tag)}`,
    );
  }
  return element;
}

/** The elements directly inside a constructed one. */
export function children(bytes: Uint8Array, parent: Element, what: string): Element[] {
  const inside: Element[] = [];
  for (let at = parent.content; at < parent.end; ) {
    const child = elementAt(bytes, at, parent.end, what);
    inside.push(child);
    at = child.end;
  }
  return inside;
}

/** The elements of the SEQUENCE that fills `bytes`. */
export function sequenceOf(bytes: Uint8Array, what: string): Element[] {
  const sequence = expect(bytes, 0, bytes.length, tags.sequence, what);
  if (sequence.end !== bytes.length) {
    throw new DecodeProblem(`${what}: ends at byte ${sequence.end} of ${bytes.length}`);
  }
  return children(bytes, sequence, what);
}

/** A non-negative INTEGER, with its own tag or an implicit one; more than four octets give infinity. */
export function smallInteger(bytes: Uint8Array, { content, end }: Element, what: string): number {
  if (content === end || (bytes[content] ?? 0) >= 0x80) {
    throw new DecodeProblem(`${what}: expected a non-negative INTEGER at byte ${content}`);
  }
  if (end - content > 4) return Number.POSITIVE_INFINITY;
  return bytes.subarray(content, end).reduce((number, octet) => number * 256 + octet, 0);
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function oidAt(bytes: Uint8Array, element: Element | undefined, what: string): string {
  if (element?.tag !== tags.oid) throw new DecodeProblem(`${what}: expected an OBJECT IDENTIFIER`);
  return oidText(bytes.subarray(element.content, element.end));
}

function hexOctet(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}

/** Longer than any identifier in use; the rest of a longer one is cut off. */
const MAX_OID_BYTES = 64;

/** Dotted form of an OBJECT IDENTIFIER's content; arcs of any size (a UUID's has 128 bits, X.667). */
export function oidText(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content.subarray(0, MAX_OID_BYTES)) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length > 0) arcs.push(arc);
    else {
      // The first subidentifier holds two arcs; the upper one is 0, 1 or 2 (X.690, section 8.19.4).
      const top = arc < 80n ? arc / 40n : 2n;
      arcs.push(top, arc - top * 40n);
    }
    arc = 0n;
  }
  return arcs.join('.');
}
