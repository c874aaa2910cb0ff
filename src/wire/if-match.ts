import { z } from 'zod';

/** The headers of a change that can be bound to what was seen. Any text is taken: what is not a tag matches nothing. */
export const ifMatch = z.object({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The ETag that came with an answer about it: 412 if it was changed since. Left out: changed whatever it is now.',
    ),
});
