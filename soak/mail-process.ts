/** A mail server in a process of its own, that fails on request and passes on what each mail says. */
import { type AfterData, type Received, startSmtp } from '../test/support/smtp.ts';
import { answerCommands } from './forked.ts';

export type MailCommand =
  | { readonly do: 'refuse'; readonly to?: string; readonly code: number | null }
  | { readonly do: 'after data'; readonly how: AfterData }
  | { readonly do: 'stop' | 'start' };

/** What a mail tells, in its part for machines. */
export interface ToldMail {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly content: string;
}

export type MailMessage = { readonly url: string } | { readonly mail: ToldMail };

if (process.send !== undefined) {
  const smtp = await startSmtp();
  answerCommands(async (command: MailCommand) => {
    if (command.do === 'refuse') smtp.fail(command.to ?? '*', command.code);
    else if (command.do === 'after data') smtp.afterData(command.how);
    else await smtp[command.do]();
  });
  process.send({ url: smtp.url } satisfies MailMessage);
  for (;;)
    for (const received of await smtp.next()) process.send({ mail: toldBy(received) } satisfies MailMessage);
}

function toldBy({ mail, to }: Received): ToldMail {
  const part = mail.attachments.find(({ mimeType }) => mimeType === 'application/json');
  const content = part?.content ?? '{}';
  return {
    ...{ to, messageId: mail.messageId ?? '' },
    content: typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString(),
  };
}
