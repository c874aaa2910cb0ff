/** Tokens, and whose token a request came with. */
import { z } from 'zod';
import { accountName } from './accounts.ts';
import { answer, request } from './named.ts';
import { nothing } from './nothing.ts';
import { duration, printable } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, time } from './values.ts';
import { role } from './words.ts';

/** Ten years: beyond that, a token should not expire at all. */
const longestTokenMs = 3_650 * 86_400_000;

const newToken = request(
  'NewToken',
  z.strictObject({
    name: printable(1, 100),
    role,
    account: accountName.nullable().default(null),
    expiresIn: duration([1_000, longestTokenMs], '90d')
      .nullable()
      .default(null)
      .describe('Left out: until it is revoked.'),
  }),
);

const token = answer(
  'Token',
  z.object({
    id: z.string(),
    name: z.string(),
    role,
    account: z.string().nullable(),
    createdAt: time,
    createdBy: z.string(),
    expiresAt: noTime,
    lastUsedAt: noTime,
  }),
);

const madeToken = answer(
  'MadeToken',
  token.extend({ token: z.string().describe('The token itself, shown only once.') }),
);

export const tokenRoutes = {
  showMe: {
    method: 'GET',
    path: '/me',
    may: 'any token',
    tag: 'tokens',
    summary: 'Whose token this is',
    answers: { 200: answer('Me', z.object({ name: z.string(), role, account: z.string().nullable() })) },
  },
  listTokens: {
    method: 'GET',
    path: '/tokens',
    may: 'manage_tokens',
    tag: 'tokens',
    summary: 'All tokens, without their secrets',
    answers: { 200: answer('Tokens', z.object({ tokens: list(token) })) },
  },
  createToken: {
    method: 'POST',
    path: '/tokens',
    may: 'manage_tokens',
    tag: 'tokens',
    summary: 'Create a token; its secret is shown only once',
    body: newToken,
    answers: { 201: madeToken },
  },
  revokeToken: {
    method: 'DELETE',
    path: '/tokens/:token',
    may: 'manage_tokens',
    tag: 'tokens',
    summary: 'Revoke a token, at once and everywhere',
    params: z.object({ token: z.string().max(50) }),
    answers: { 204: nothing },
  },
} satisfies RouteTable;
