/** The mail server, seen from the soak. */
import { type Forked, forkModule } from './forked.ts';
import type { MailCommand, MailMessage, ToldMail } from './mail-process.ts';

export interface Mailbox {
  readonly url: string;
  tell(command: MailCommand): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

export async function startMailbox(onMail: (mail: ToldMail) => void): Promise<Mailbox> {
  let forked: Forked | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    forked = forkModule(new URL('./mail-process.js', import.meta.url), (message) => {
      const told = message as MailMessage;
      if ('mail' in told) onMail(told.mail);
      else resolve(told.url);
    });
    forked.process.once('exit', () => reject(new Error('the mail server ended before it was ready')));
  });
  const { ask, stop, process } = forked as unknown as Forked;
  return {
    url,
    tell: (command) => ask(command),
    signal: (signal) => void process.kill(signal),
    close: () => stop('SIGKILL'),
  };
}
