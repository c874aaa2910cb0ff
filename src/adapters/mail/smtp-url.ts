import { visible } from '../../core/hostile-text.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** `smtp://` (port 587 if left out) or `smtps://` (465). Throws; the error never shows a password. */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    const found = url ? `${url.protocol}//${url.host}` : 'something that is not a URL';
    throw new TypeError(`mail.smtp: expected smtp://… or smtps://…, found ${visible(found, 100)}`);
  }
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
  };
}

/** What a reply must not be shown with: the password, and what AUTH PLAIN (RFC 4616, section 2) makes of it. */
export function secretsOf({ auth }: SmtpServer): readonly string[] {
  return auth === undefined ? [] : [auth.pass, `\0${auth.user}\0${auth.pass}`];
}
