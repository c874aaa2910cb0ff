import { fromBase64Url } from './base64url.ts';
import { malformed } from './refusal.ts';
import { JsonNumber, type JsonObject, type JsonValue } from './strict-json.ts';

/** Readers of single members. Each throws Refusal `malformed`, which names the place and what was expected. */

/** Digits alone, at most 2^53-1: what every language's numbers hold exactly. */
export function integer(
  place: string,
  value: JsonValue | undefined,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const text = value instanceof JsonNumber ? value.text : '';
  const read = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  // Above 2^53, neighbours become equal, but all of them are above the limit.
  return read >= least && read <= most
    ? read
    : malformed(place, `an integer from ${least} to ${most}, in digits`);
}

export function object(place: string, value: JsonValue | undefined): JsonObject {
  return value instanceof Map ? value : malformed(place, 'an object');
}

export function array(
  place: string,
  value: JsonValue | undefined,
  least: number,
  most: number,
): readonly JsonValue[] {
  const items = Array.isArray(value) ? (value as readonly JsonValue[]) : undefined;
  if (items === undefined || items.length < least || items.length > most) {
    malformed(place, `an array of ${least} to ${most}`);
  }
  return items;
}

export function oneOf<T extends string>(
  place: string,
  value: JsonValue | undefined,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  return found ?? malformed(place, `one of ${choices.join(', ')}`);
}

export function flag(place: string, value: JsonValue | undefined): boolean {
  return typeof value === 'boolean' ? value : malformed(place, 'true or false');
}

/** 32 bytes in base64url. */
export function bytes32(place: string, value: JsonValue | undefined): Uint8Array {
  const bytes = typeof value === 'string' ? fromBase64Url(value) : null;
  return bytes?.length === 32 ? bytes : malformed(place, '32 bytes in base64url');
}

const channelForm = /^[a-z2-7]{26}$/;

export function isChannel(text: string): boolean {
  return channelForm.test(text);
}

export function channel(place: string, value: JsonValue | undefined): string {
  return typeof value === 'string' && isChannel(value)
    ? value
    : malformed(place, 'a channel id: 26 of the characters a to z and 2 to 7');
}

/** SHA-256 in base64: 42 digits, one whose last two bits are zero, and the padding. */
const pinForm = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

export function pins(
  place: string,
  value: JsonValue | undefined,
  least: number,
  most: number,
): readonly string[] {
  return array(place, value, least, most).map((item, at) =>
    typeof item === 'string' && pinForm.test(item)
      ? item
      : malformed(`${place}[${at}]`, '44 base64 characters'),
  );
}
