import { EventEmitter, once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface SunkMail {
  readonly file: string;
  readonly subject: string;
  readonly to: string;
  readonly text: string;
}

export interface MailSink {
  readonly url: string;
  /** The next mail that arrives. */
  next(): Promise<SunkMail>;
  close(): Promise<void>;
}

/** A mail server on a free loopback port that stores incoming mail as .eml files in `directory`. */
export async function startMailSink(directory: string): Promise<MailSink> {
  await mkdir(directory, { recursive: true });
  const arrivals = new EventEmitter();
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const keep = async () => {
        const raw = await buffer(stream);
        count += 1;
        const file = join(directory, `${count}.eml`);
        await writeFile(file, raw);
        const { subject = '', text = '', to = [] } = await PostalMime.parse(raw);
        arrivals.emit('mail', { file, subject, text, to: to.map(({ address }) => address).join(', ') });
      };
      keep().then(() => done(), done);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    async next() {
      const [mail] = (await once(arrivals, 'mail')) as [SunkMail];
      return mail;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
