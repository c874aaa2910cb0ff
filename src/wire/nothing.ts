import { z } from 'zod';

/** The answer of 204 No Content. */
export const nothing = z.null().describe('Done.');
