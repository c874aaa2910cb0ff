import type { HostPattern } from '../../../core/host-pattern.ts';
import { quote } from '../../../core/quote.ts';
import type { ReadOptions } from '../../../flow/pin-formats.ts';
import { hostOf } from '../host-literal.ts';
import { Unreadable } from '../remarks.ts';

/** The host that a text is for that names none. Throws Unreadable. */
export function givenHost({ host }: ReadOptions, what: string): HostPattern['name'] {
  if (host === undefined)
    throw new Unreadable(0, `${what} names no host: say which one it is for, with --host`);
  const name = hostOf(host);
  if (name === null) throw new Unreadable(0, `--host: expected a host name, found ${quote(host)}`);
  return name;
}
