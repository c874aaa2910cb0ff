import { z } from 'zod';
import { domainName } from '../core/domain.ts';
import { parseTarget } from '../core/target.ts';
import { accountParams } from './accounts.ts';
import { parsedBy } from './parsed-text.ts';
import { toAscii } from './to-ascii.ts';

export const target = parsedBy((text) => parseTarget(text, toAscii), 300, 'api.example.com');

/** Any spelling of a domain, turned into its name. A text that is not a domain is kept, and will not be found. */
export const nameOfDomain = z
  .string()
  .max(300)
  .meta({ example: 'api.example.com' })
  .describe('The host, with :port if that is not 443.')
  .transform((text) => {
    const read = parseTarget(text, toAscii);
    return read.ok ? domainName(read.value) : text;
  });

export const domainParams = accountParams.extend({ domain: nameOfDomain });
