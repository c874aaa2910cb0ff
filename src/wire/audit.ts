/** The audit trail. */
import { z } from 'zod';
import { auditActions } from '../core/audit.ts';
import { accountParams } from './accounts.ts';
import { answer } from './named.ts';
import type { RouteTable } from './route.ts';
import { list, time } from './values.ts';

/** A text in a query, a number in the document. */
export const limit = z.coerce.number<string>().int().min(1).max(1_000).default(100);
const query = z.strictObject({ limit });

const trail = answer(
  'AuditTrail',
  z.object({
    audit: list(
      answer(
        'AuditEntry',
        z.object({
          at: time,
          by: z.string(),
          from: z.string().nullable(),
          action: z.enum(auditActions),
          target: z.string(),
          detail: z.string(),
        }),
      ),
    ),
  }),
);

export const auditRoutes = {
  listAccountAudit: {
    method: 'GET',
    path: '/accounts/:account/audit',
    may: 'read_account',
    tag: 'audit',
    summary: 'Who changed what, newest first',
    params: accountParams,
    query,
    answers: { 200: trail },
  },
  listAudit: {
    method: 'GET',
    path: '/audit',
    may: 'read_audit',
    tag: 'audit',
    summary: 'Changes of accounts and tokens, newest first',
    query,
    answers: { 200: trail },
  },
} satisfies RouteTable;
