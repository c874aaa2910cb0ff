/** Reads values of unknown JSON. Each throws a TypeError that says what was expected and found. */
import { quote } from '../../core/quote.ts';

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf<T>(value: unknown, most: number, read: (one: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) throw wrong(`a list of at most ${most}`, value);
  return value.map(read);
}

export function textUpTo(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length > most)
    throw wrong(`a text of at most ${most} characters`, value);
  return value;
}

export function oneOf<T extends string>(choices: readonly T[], value: unknown): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(`one of ${choices.join(', ')}`, value);
  return found;
}

export function wrong(expected: string, found: unknown): TypeError {
  return new TypeError(`expected ${expected}, found ${quote(JSON.stringify(found) ?? 'nothing')}`);
}
