/** Building blocks of answers. */
import { z } from 'zod';

export const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
export const pinText = z.templateLiteral(['sha256/', z.string()]);
/** The hash of a key, or of a whole certificate. */
export const hashText = z.templateLiteral([z.enum(['sha256/', 'cert-sha256/']), z.string()]);
export const time = z.string().describe('RFC 3339, UTC');
export const noTime = time.nullable();
