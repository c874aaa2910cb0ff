/** The part of the composition root that chooses how mail is sent: through an SMTP server, or into a folder. */
import { join } from 'node:path';
import { createMailFolder } from '../adapters/mail/folder.ts';
import { createSmtpMailer } from '../adapters/mail/smtp.ts';
import type { Config } from '../config/config.ts';
import type { Mailer } from '../flow/mailer.ts';
import { rebuilt, type Settings } from './settings.ts';

type MailerConfig = Pick<Config, 'mail' | 'stateDir' | 'publicUrl' | 'runbookUrl'>;

/** A letter that is being sent as the settings change goes on as it began. */
export function composeMailer(settings: Settings): Mailer {
  const mailers = new Set<Mailer>();
  const build = (config: MailerConfig) => {
    const mailer = mailerOf(config);
    mailers.add(mailer);
    return mailer;
  };
  const sending = new WeakMap<Mailer, number>();
  const dropIfIdle = (mailer: Mailer) => {
    if (mailer !== mailerNow() && (sending.get(mailer) ?? 0) === 0) mailers.delete(mailer);
  };
  const pick = ({ mail, stateDir, publicUrl, runbookUrl }: Config) => ({
    ...{ mail, stateDir, publicUrl, runbookUrl },
  });
  const mailerNow = rebuilt(settings, pick, build, dropIfIdle);
  return {
    async send(letter, signal) {
      const mailer = mailerNow();
      sending.set(mailer, (sending.get(mailer) ?? 0) + 1);
      try {
        return await mailer.send(letter, signal);
      } finally {
        sending.set(mailer, (sending.get(mailer) ?? 1) - 1);
        dropIfIdle(mailer);
      }
    },
    async close() {
      await Promise.all([...mailers].map((mailer) => mailer.close()));
    },
  };
}

function mailerOf({ mail, stateDir, publicUrl, runbookUrl }: MailerConfig): Mailer {
  const { smtp, from, ca, name, tls } = mail;
  const installation = { from, publicUrl, runbookUrl };
  return smtp === null
    ? createMailFolder({ directory: join(stateDir, 'mail'), ...installation })
    : createSmtpMailer({ url: smtp, ca, name, tls, ...installation });
}
