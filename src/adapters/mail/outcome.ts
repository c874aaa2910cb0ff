import type { NodemailerError } from 'nodemailer';
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { visible } from '../../core/hostile-text.ts';
import { notShown, repeatsSecret } from '../../core/repeated-secret.ts';
import type { Delivery } from '../../flow/mailer.ts';

/** What became of one SMTP transaction: the server took the message for some recipients, or it failed as a whole. */
export type Transaction =
  | { readonly info: SMTPConnectionSendInfo; readonly error?: undefined }
  | {
      readonly error: NodemailerError;
      readonly info?: undefined;
      /** The whole message was sent, and no reply to it came. */
      readonly perhapsTaken: boolean;
    };

/**
 * `recipients` maps each address as requested to the one in the envelope. No delivery shows one of the `secrets`, even if
 * the server's reply has them.
 */
export function deliveries(
  recipients: ReadonlyMap<string, string>,
  transaction: Transaction,
  secrets: readonly string[] = [],
): Delivery[] {
  const { info, error } = transaction;
  const refused = new Map(
    ((error ?? info).rejectedErrors ?? []).map((rejection) => [rejection.recipient ?? '', rejection]),
  );
  return [...recipients].map(([recipient, address]): Delivery => {
    const rejection = refused.get(address);
    if (rejection) return failed(recipient, rejection, secrets);
    if (error)
      return {
        ...failed(recipient, error, secrets),
        ...(transaction.perhapsTaken ? { perhapsTaken: true } : {}),
      };
    if (info.accepted.includes(address))
      return { recipient, outcome: 'sent', receipt: line(info.response, secrets) };
    const reason = 'the mail server did not say what became of this recipient';
    return { recipient, outcome: 'failed_temporary', reason };
  });
}

/**
 * If every recipient is refused, no refusal is permanent: nobody would be notified, and one wrong setting of the relay
 * or the contacts is likelier than that many wrong addresses. An operator can fix that.
 */
export function unlessAllRefused(outcomes: readonly Delivery[]): readonly Delivery[] {
  if (outcomes.some(({ outcome }) => outcome !== 'failed_permanent')) return outcomes;
  return outcomes.map((delivery) =>
    delivery.outcome === 'sent' ? delivery : { ...delivery, outcome: 'failed_temporary' },
  );
}

/** The message is too large for this server, by its SIZE limit or its 552 (RFC 1870, section 6): a shorter one may pass. */
export function isTooLarge({ error }: Transaction): boolean {
  if (!error) return false;
  const beyondSize =
    error.code === 'EMESSAGE' && error.command === 'MAIL FROM' && error.responseCode === undefined;
  return beyondSize || (error.responseCode === 552 && error.command !== 'RCPT TO');
}

/** Refusals of a mailbox: it or its domain does not exist, or accepts no mail (RFC 3463, sections 3.2 and 3.3). */
const ofMailbox: readonly string[] = ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.2.1'];
/** The same from a server without enhanced codes (RFC 5321, section 4.2.3). */
const ofMailboxBare: readonly number[] = [550, 551, 553];

/**
 * Only the refusal of one mailbox is permanent. Mail servers use the same 5xx codes for a client they do not know, a
 * sender that is not the user's, a relay that is not allowed, and a message that looks like spam. An operator can fix
 * those, and no alarm may be dropped until then.
 */
function isPermanent({ command, responseCode, response = '' }: NodemailerError): boolean {
  if (command !== 'RCPT TO' || responseCode === undefined || responseCode < 500) return false;
  const enhanced = enhancedCode(response);
  return enhanced === null ? ofMailboxBare.includes(responseCode) : ofMailbox.includes(enhanced);
}

/** The enhanced status code of a reply: after the reply code on any line (RFC 2034), or in qmail's form, `(#5.7.1)`. */
function enhancedCode(reply: string): string | null {
  const found =
    /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.])/m.exec(reply) ??
    /\(#([245]\.\d{1,3}\.\d{1,3})\)/.exec(reply);
  return found?.[1] ?? null;
}

function failed(recipient: string, error: NodemailerError, secrets: readonly string[]): Delivery {
  const outcome = isPermanent(error) ? 'failed_permanent' : 'failed_temporary';
  return { recipient, outcome, reason: line(reasonOf(error, secrets), secrets) };
}

function reasonOf(error: NodemailerError, secrets: readonly string[]): string {
  const { code, command, response, responseCode, message } = error;
  if (code === 'EAUTH') {
    const shown = repeatsSecret(message, secrets) ? `${responseCode ?? ''} ${notShown}`.trim() : message;
    return `the mail server refused the credentials of mail.smtp: ${shown}`;
  }
  if (command === 'STARTTLS' && responseCode !== undefined) {
    return `the mail server has no STARTTLS, and mail.tls requires it: ${response}`;
  }
  if (responseCode !== undefined) return `${command ?? 'SMTP'}: ${response ?? message}`;
  return message;
}

function line(text: string, secrets: readonly string[]): string {
  return repeatsSecret(text, secrets) ? notShown : visible(text.replace(/\r?\n/g, ' ').trim(), 300);
}
