import { quote } from '../../core/quote.ts';
import { UsageError } from '../usage.ts';

/** A whole number from 1 on. Throws UsageError. */
export function readCount(place: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new UsageError(`${place}: expected a whole number from 1 to ${most}, found ${quote(text)}`);
}
