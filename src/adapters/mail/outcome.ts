import type { NodemailerError } from 'nodemailer';
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { Delivery } from '../../flow/mailer.ts';
import { visible } from './hostile-text.ts';

/** What became of one SMTP transaction: the server took the message for some recipients, or it failed as a whole. */
export type Transaction =
  | { readonly info: SMTPConnectionSendInfo; readonly error?: undefined }
  | { readonly error: NodemailerError; readonly info?: undefined };

/** `recipients` maps the address as it was asked for to the one in the envelope. */
export function deliveries(recipients: ReadonlyMap<string, string>, transaction: Transaction): Delivery[] {
  const { info, error } = transaction;
  const refused = new Map(
    ((error ?? info).rejectedErrors ?? []).map((rejection) => [rejection.recipient ?? '', rejection]),
  );
  return [...recipients].map(([recipient, address]): Delivery => {
    const rejection = refused.get(address);
    if (rejection) return failed(recipient, rejection);
    if (error) return failed(recipient, error);
    if (info.accepted.includes(address)) return { recipient, outcome: 'sent', receipt: line(info.response) };
    const reason = 'the mail server did not say what became of this recipient';
    return { recipient, outcome: 'failed_temporary', reason };
  });
}

/** The message is too large for this server, by its SIZE limit or its 552 (RFC 1870, section 6): a shorter one may pass. */
export function isTooLarge({ error }: Transaction): boolean {
  if (!error) return false;
  const beyondSize =
    error.code === 'EMESSAGE' && error.command === 'MAIL FROM' && error.responseCode === undefined;
  return beyondSize || (error.responseCode === 552 && error.command !== 'RCPT TO');
}

/**
 * Permanent is a 5xx on this recipient or on this message, and nothing else: refused credentials (535), a refused sender or a
 * server that greets with 554 are for an operator to mend, and until then nobody's alarm may be thrown away.
 */
function isPermanent(error: NodemailerError): boolean {
  if (error.permanent !== true) return isTooLarge({ error });
  switch (error.command) {
    case 'RCPT TO':
      // 552 there means too many recipients, and 530 that we should have logged in (RFC 5321, 4.5.3.1.10; RFC 4954, 6).
      return error.responseCode !== 552 && error.responseCode !== 530;
    case 'DATA':
      return true;
    case 'MAIL FROM':
      return isTooLarge({ error });
    default:
      return false;
  }
}

function failed(recipient: string, error: NodemailerError): Delivery {
  const outcome = isPermanent(error) ? 'failed_permanent' : 'failed_temporary';
  return { recipient, outcome, reason: line(reasonOf(error)) };
}

function reasonOf(error: NodemailerError): string {
  if (error.code === 'EAUTH') return `the mail server refused the credentials of mail.smtp: ${error.message}`;
  if (error.responseCode !== undefined)
    return `${error.command ?? 'SMTP'}: ${error.response ?? error.message}`;
  return error.message;
}

function line(text: string): string {
  return visible(text.replace(/\r?\n/g, ' ').trim(), 300);
}
