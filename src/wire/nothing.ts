import { z } from 'zod';

/** The answer to a change that leaves nothing to say. */
export const nothing = z.null().describe('Done.');
