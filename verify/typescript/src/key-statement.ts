import { array, bytes32, channel, integer, object, oneOf } from './members.ts';
import { isPoint } from './p256.ts';
import { malformed } from './refusal.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** The claims of a bundle's first line: the keys that may sign configurations of a channel. */
export interface KeyStatement {
  readonly audience: string;
  /** Outranks every version of a configuration. */
  readonly generation: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** 65-byte points. */
  readonly keys: readonly Uint8Array[];
}

const mostKeys = 8;

export function readKeyStatement(claims: JsonObject): KeyStatement {
  return {
    audience: channel('aud', claims.get('aud')),
    generation: integer('gen', claims.get('gen'), 1),
    issuedAt: integer('iat', claims.get('iat')),
    keys: array('keys', claims.get('keys'), 1, mostKeys).map((key, at) => readPoint(`keys[${at}]`, key)),
  };
}

/** Exactly the four members of a public key: with `d`, the private key would be published. */
function readPoint(place: string, value: JsonValue): Uint8Array {
  const jwk = object(place, value);
  if (jwk.size !== 4) malformed(place, 'exactly the members kty, crv, x and y');
  oneOf(`${place}.kty`, jwk.get('kty'), ['EC']);
  oneOf(`${place}.crv`, jwk.get('crv'), ['P-256']);
  const point = new Uint8Array(65);
  point[0] = 4;
  point.set(bytes32(`${place}.x`, jwk.get('x')), 1);
  point.set(bytes32(`${place}.y`, jwk.get('y')), 33);
  return isPoint(point) ? point : malformed(place, 'a point on the curve');
}
