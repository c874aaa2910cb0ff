/** The part of the composition root that chooses how mail is sent: through an SMTP server, or into a folder. */
import { join } from 'node:path';
import { createMailFolder } from '../adapters/mail/folder.ts';
import { createSmtpMailer } from '../adapters/mail/smtp.ts';
import type { Config } from '../config/config.ts';
import type { Mailer } from '../flow/mailer.ts';

export function composeMailer({ mail, stateDir, publicUrl, runbookUrl }: Config): Mailer {
  const { smtp, from, ca, name, tls } = mail;
  const installation = { from, publicUrl, runbookUrl };
  return smtp === null
    ? createMailFolder({ directory: join(stateDir, 'mail'), ...installation })
    : createSmtpMailer({ url: smtp, ca, name, tls, ...installation });
}
