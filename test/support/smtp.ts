/** A real SMTP server that keeps what it receives, and fails on request. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions } from 'smtp-server';

export interface Received {
  /** Of the envelope. */
  readonly from: string;
  /** Of the envelope. */
  readonly to: readonly string[];
  readonly raw: Buffer;
  readonly mail: Email;
}

export interface SmtpOptions {
  /** Further options of smtp-server, such as `secure` with `key` and `cert`, or `onAuth`. Default: no TLS, no login. */
  readonly server?: SMTPServerOptions;
}

/** `stall` and `vanish` still keep the message: only the answer is missing. */
export type AfterData = 'answer' | 'stall' | 'vanish' | { readonly code: number; readonly text: string };

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `smtp://`, or `smtps://` with the `secure` option. */
  readonly url: string;
  /** Everything accepted so far, in order. */
  readonly received: readonly Received[];
  /** Commands refused so far by fail(). */
  readonly refused: number;
  /** The next `count` messages that no earlier next() has returned, as soon as they arrive. */
  next(count?: number): Promise<Received[]>;
  /** From now on answers this recipient (`*`: all) with this code and text, such as `5.1.1 user unknown`. null ends it. */
  fail(recipient: string, code: number | null, text?: string): void;
  /** From now on, once it has a message: answers as usual, with a refusal, never, or by closing the connection. */
  afterData(how: AfterData): void;
  /** An outage: no listener, every connection ended. */
  stop(): Promise<void>;
  /** Ends an outage, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const host = '127.0.0.1';
  const received: Received[] = [];
  const failures = new Map<string, { code: number; text: string }>();
  let afterData: AfterData = 'answer';
  let refused = 0;
  let taken = 0;
  let waiting: { count: number; resolve: (messages: Received[]) => void }[] = [];
  let port = 0;
  let server: SMTPServer | undefined;

  // First come, first served: a message is given out once.
  const serveWaiting = () => {
    let first = waiting[0];
    while (first !== undefined && received.length - taken >= first.count) {
      first.resolve(received.slice(taken, taken + first.count));
      taken += first.count;
      waiting = waiting.slice(1);
      first = waiting[0];
    }
  };

  const start = async () => {
    const starting = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true, // only loopback is contacted
      disabledCommands: options.server?.key === undefined ? ['STARTTLS'] : [],
      closeTimeout: 1, // ms: connections that are still open at close() are ended
      ...options.server,
      onRcptTo({ address }, _session, done) {
        const failure = failures.get(address) ?? failures.get('*');
        if (failure === undefined) return done();
        refused += 1;
        done(refusal(failure));
      },
      onData(stream: SMTPServerDataStream, { envelope, id }, done) {
        buffer(stream)
          .then(async (raw) => {
            const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
            const to = envelope.rcptTo.map(({ address }) => address);
            if (typeof afterData === 'object') return done(refusal(afterData));
            received.push({ from, to, raw, mail: await PostalMime.parse(raw) });
            if (afterData === 'answer') done();
            else if (afterData === 'vanish') socketOf(starting, id)?.destroy();
            serveWaiting();
          })
          .catch(done);
      },
    });
    // Outage tests have clients that vanish.
    starting.on('error', () => {});
    starting.listen(port, host);
    await once(starting.server, 'listening');
    port = (starting.server.address() as AddressInfo).port;
    server = starting;
  };
  const stop = async () => {
    const stopping = server;
    server = undefined;
    if (stopping) await new Promise<void>((resolve) => stopping.close(() => resolve()));
  };

  await start();
  return {
    host,
    port,
    url: `${options.server?.secure ? 'smtps' : 'smtp'}://${host}:${port}`,
    received,
    get refused() {
      return refused;
    },
    next(count = 1) {
      return new Promise((resolve) => {
        waiting.push({ count, resolve });
        serveWaiting();
      });
    },
    fail(recipient, code, text = `${recipient} fails on purpose`) {
      if (code === null) failures.delete(recipient);
      else failures.set(recipient, { code, text });
    },
    afterData(how) {
      afterData = how;
    },
    start,
    stop,
    close: stop,
  };
}

function refusal({ code, text }: { code: number; text: string }): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** smtp-server gives its handlers no socket. */
function socketOf(server: SMTPServer, session: string): Socket | undefined {
  const connections = server.connections as unknown as Iterable<{ id: string; _socket: Socket }>;
  return [...connections].find(({ id }) => id === session)?._socket;
}
