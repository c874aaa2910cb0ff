/** Reads a ClientHello (RFC 8446, section 4.1.2) that is valid and in one record, for fronts that route or refuse by it. */

export interface ClientHello {
  readonly suites: readonly number[];
  /** Empty if the extension is missing; likewise below. */
  readonly schemes: readonly number[];
  readonly groups: readonly number[];
  readonly versions: readonly number[];
  readonly alpn: readonly string[];
  readonly serverName: string | null;
}

const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;

/** Throws a RangeError if `record` is not a ClientHello, or not a complete one. */
export function parseClientHello(record: Buffer): ClientHello {
  if (record.readUInt8(0) !== 22 || record.readUInt8(5) !== 1) throw new RangeError('no ClientHello');
  let at = 5 + 4 + 2 + 32; // record, message, legacy_version, random
  const skip = (lengthBytes: number): Buffer => {
    const length = record.readUIntBE(at, lengthBytes);
    const body = record.subarray(at + lengthBytes, at + lengthBytes + length);
    if (body.length < length) throw new RangeError('incomplete ClientHello');
    at += lengthBytes + length;
    return body;
  };
  skip(1); // legacy_session_id
  const suites = words(skip(2));
  skip(1); // legacy_compression_methods
  const extensions = new Map<number, Buffer>();
  const end = at + 2 + record.readUInt16BE(at);
  at += 2;
  while (at < end) {
    const type = record.readUInt16BE(at);
    at += 2;
    extensions.set(type, skip(2));
  }
  const body = (type: number): Buffer => extensions.get(type) ?? Buffer.alloc(0);
  return {
    suites,
    schemes: words(body(SIGNATURE_ALGORITHMS).subarray(2)),
    groups: words(body(SUPPORTED_GROUPS).subarray(2)),
    versions: words(body(SUPPORTED_VERSIONS).subarray(1)),
    alpn: strings(body(ALPN).subarray(2)),
    serverName: body(SERVER_NAME).length > 5 ? body(SERVER_NAME).subarray(5).toString('latin1') : null,
  };
}

/** The key types of the leaves that a server may present to this hello. */
export function keyTypesOf({ schemes }: ClientHello): readonly ('ecdsa' | 'rsa' | 'eddsa')[] {
  return [
    ...(schemes.includes(0x0403) ? (['ecdsa'] as const) : []),
    ...(schemes.includes(0x0804) ? (['rsa'] as const) : []),
    ...(schemes.includes(0x0807) ? (['eddsa'] as const) : []),
  ];
}

function words(bytes: Buffer): number[] {
  return Array.from({ length: Math.floor(bytes.length / 2) }, (_, index) => bytes.readUInt16BE(index * 2));
}

function strings(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes.readUInt8(at)) {
    found.push(bytes.subarray(at + 1, at + 1 + bytes.readUInt8(at)).toString('latin1'));
  }
  return found;
}
