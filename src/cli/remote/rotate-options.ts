import type { KeyType } from '../../core/observation.ts';
import { UsageError } from '../usage.ts';
import type { CommonOptions } from './remote.ts';

/** As parsed from the command line. */
export interface RotateOptions extends CommonOptions {
  readonly csr?: string;
  /** true: named after the domain. */
  readonly newKey?: string | true;
  readonly keyType?: KeyType;
  readonly with?: readonly string[];
  readonly shared?: boolean;
  readonly alone?: boolean;
  readonly certificate?: string;
  readonly released?: boolean;
  readonly wait?: string;
  readonly abort?: boolean;
  readonly note?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Each of these is a request of its own. */
export function refuseTogether({ csr, newKey, certificate, abort, released }: RotateOptions): void {
  const given = Object.entries({
    '--csr': csr,
    '--new-key': newKey,
    '--certificate': certificate,
    '--abort': abort,
    '--released': released,
  });
  const [first, second] = given.flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (second !== undefined) throw new UsageError(`expected one of ${first} and ${second}, found both`);
}
