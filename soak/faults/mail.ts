/** Faults of the mail server, and of the web server that gets the same notices. */
import type { MailCommand } from '../mail-process.ts';
import { contactsOf } from '../reference.ts';
import { accounts } from '../targets.ts';
import type { FaultContext, FaultKind, Running } from './fault.ts';
import { hasValue, scraped } from './scrape.ts';

/** Seen when a letter could not be delivered. */
async function failing(
  { fleet: { mailbox, lines }, signal }: FaultContext,
  how: MailCommand,
  back: MailCommand,
): Promise<Running> {
  const seen = lines.next(({ line }) => line.event === 'mail_failed_temporary', signal);
  await mailbox.tell(how);
  return { seen, end: () => mailbox.tell(back) };
}

/** Of each account, the other contact gets its mail, and so does the webhook. */
async function refusingOne({ fleet: { mailbox, lines }, draw, signal }: FaultContext): Promise<Running> {
  const index = draw.below(2);
  const refuse = async (code: number | null) => {
    for (const account of accounts)
      await mailbox.tell({ do: 'refuse', to: contactsOf(account)[index] ?? '*', code });
  };
  const seen = lines.next(({ line }) => line.event === 'mail_failed_temporary', signal);
  await refuse(451);
  return { seen, end: () => refuse(null) };
}

async function refusingNotices({ fleet: { webhook, lines }, signal }: FaultContext): Promise<Running> {
  const seen = lines.next(({ line }) => line.event === 'channel_failed_temporary', signal);
  webhook.refuse(true);
  return { seen, end: async () => webhook.refuse(false) };
}

const answers: MailCommand = { do: 'after data', how: 'answer' };
const lane = { lanes: 'mail', needsNews: true } as const;

export const mailFaults: readonly FaultKind[] = [
  {
    ...{ ...lane, name: 'SMTP down', weight: 3 },
    begin: (context) => failing(context, { do: 'stop' }, { do: 'start' }),
  },
  {
    ...{ ...lane, name: 'SMTP refuses', weight: 3 },
    begin: (context) => failing(context, { do: 'refuse', code: 451 }, { do: 'refuse', code: null }),
  },
  { ...{ ...lane, name: 'SMTP refuses one contact', weight: 2 }, begin: refusingOne },
  { ...{ ...lane, name: 'webhook refuses', weight: 2 }, begin: refusingNotices },
  {
    ...{ ...lane, name: 'SMTP refuses after DATA', weight: 2 },
    begin: (context) =>
      failing(context, { do: 'after data', how: { code: 452, text: '4.3.1 disk full' } }, answers),
  },
  {
    ...{ ...lane, name: 'SMTP dies after DATA', weight: 1 },
    begin: (context) => failing(context, { do: 'after data', how: 'vanish' }, answers),
  },
  {
    // A mail server may take minutes for an answer (RFC 5321, section 4.5.3.2): only what is owed shows it before.
    ...{ ...lane, name: 'SMTP hangs', weight: 2 },
    async begin({ fleet: { mailbox, server }, signal }) {
      mailbox.signal('SIGSTOP');
      return {
        seen: scraped(
          server,
          hasValue('notices_pending', (value) => value > 0),
          signal,
        ),
        end: async () => mailbox.signal('SIGCONT'),
      };
    },
  },
];
