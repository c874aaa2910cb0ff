/**
 * Answers are private: no cache may keep them, and no browser may guess another content type, render them as a page with
 * anything in it, or tell another site where they are. The page and the queue view have policies of their own.
 */
export const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};
