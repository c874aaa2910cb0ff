import { z } from 'zod';
import { answer } from './named.ts';
import { list } from './values.ts';

/** Problem details (RFC 9457): the one form of every refusal. */
export const problemDetails = answer(
  'ProblemDetails',
  z.object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('The title as a code for programs.'),
    detail: z.string(),
    errors: list(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('For bad input, or a wrong configuration file: where it is, and what was expected.'),
    limit: z
      .object({ name: z.string(), value: z.int() })
      .optional()
      .describe('Which limit was reached, and its value.'),
    forcible: z.literal(false).optional().describe('The refusal can not be overridden with force.'),
  }),
);
