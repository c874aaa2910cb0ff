/** The closed sets of words that requests and answers use. */
import { z } from 'zod';
import { roles } from '../core/access.ts';
import { verdicts } from '../core/check.ts';
import { incidentKinds } from '../core/condition.ts';
import { findingCodes, type Severity } from '../core/finding.ts';
import { failureCodes, keyTypes } from '../core/observation.ts';
import { platforms } from '../core/platforms.ts';
import { positions } from '../core/position.ts';
import { trustErrorCodes } from '../core/trust-error.ts';
import { answer, shared } from './named.ts';

const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[];

export const verdict = answer('Verdict', z.enum(verdicts));
export const severity = answer('Severity', z.enum(severities));
export const incidentKind = answer('IncidentKind', z.enum(incidentKinds));
export const findingCode = answer('FindingCode', z.enum(findingCodes));
export const failureCode = answer('FailureCode', z.enum(failureCodes));
export const trustError = answer('TrustErrorCode', z.enum(trustErrorCodes));
export const position = shared('Position', z.enum(positions));
export const keyType = shared('KeyType', z.enum(keyTypes));
export const platform = shared('Platform', z.enum(platforms));
export const role = shared('Role', z.enum(roles));
