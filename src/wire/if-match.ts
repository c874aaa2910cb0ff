import { z } from 'zod';

/** The headers of a conditional change. Any text is accepted: one that is not a tag matches nothing. */
export const ifMatch = z.object({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The ETag of an earlier answer: 412 if it has changed since then. Left out: the change is unconditional.',
    ),
});
