import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Guard } from '../../flow/observe.ts';

/** No address of the host may be connected to. */
export class ForbiddenTarget extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ForbiddenTarget';
  }
}

/** Throws a ForbiddenTarget for an address in place of a name: it is not looked up. */
export function refuseAddress(hostname: string, guard: Guard): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const refusal = isIP(address) === 0 ? null : guard(address);
  if (refusal !== null) throw new ForbiddenTarget(refusal.message);
}

/** Resolves a name for the connection itself, so that no later answer of DNS can lead elsewhere. */
export function guardedLookup(guard: Guard): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const allowed = addresses.filter(({ address }) => guard(address) === null);
      const [first] = allowed;
      if (first === undefined) {
        const refusal = addresses.map(({ address }) => guard(address)).find((one) => one !== null);
        return callback(new ForbiddenTarget(refusal?.message ?? `${hostname} has no address`), '');
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
