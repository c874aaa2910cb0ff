import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { Delivery, Letter, Mailer } from '../../flow/mailer.ts';
import { composeLetter } from './compose.ts';
import { visible } from './hostile-text.ts';
import { deliveries, isTooLarge, type Transaction } from './outcome.ts';
import { senderAddress } from './render.ts';

export interface SmtpMailerOptions {
  /** `smtps://user:password@host:465`, or `smtp://…` (port 587 if left out), which turns to TLS where STARTTLS is offered. */
  readonly url: string;
  readonly from: string;
  /** PEM of the roots that replace the default ones for the mail server. */
  readonly ca?: string;
  /** For connecting, and for the greeting and the TLS handshake after it, each. */
  readonly connectTimeoutMs?: number;
  /** Silence on the connection. A deadline for the whole is the caller's: a server that drips words is never silent. */
  readonly idleTimeoutMs?: number;
}

/**
 * One connection and one transaction for each letter. No pool: there is at most a mail in minutes, and an idle connection is
 * the one that is dead when it is needed. Throws at once if the URL or the sender is wrong, without printing a password.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const server = parseSmtpUrl(options.url);
  const { from } = options;
  const sender = senderAddress(from);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled: Promise<unknown> = work.then(
      () => underWay.delete(settled),
      () => underWay.delete(settled),
    );
    underWay.add(settled);
    return work;
  };

  async function deliver(letter: Letter, signal: AbortSignal): Promise<readonly Delivery[]> {
    const results = new Map<string, Delivery>();
    const recipients = new Map<string, string>();
    for (const recipient of letter.recipients) {
      const address = envelopeAddress(recipient);
      if (address === undefined) results.set(recipient, notAnAddress(recipient));
      else recipients.set(recipient, address);
    }
    const message = await composeLetter(letter, { from });
    if (recipients.size > 0) {
      const to = [...new Set(recipients.values())];
      let transaction = await transact({ from: sender, to }, message, signal);
      if (isTooLarge(transaction)) {
        const shorter = await composeLetter(letter, { from, jsonLimit: 0 });
        transaction = await transact({ from: sender, to }, shorter, signal);
      }
      for (const delivery of deliveries(recipients, transaction)) results.set(delivery.recipient, delivery);
    }
    return letter.recipients.flatMap((recipient) => results.get(recipient) ?? []);
  }

  async function transact(
    envelope: { from: string; to: string[] },
    message: Buffer,
    signal: AbortSignal,
  ): Promise<Transaction> {
    const connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: server.secure,
      connectionTimeout: options.connectTimeoutMs ?? 20_000,
      greetingTimeout: options.connectTimeoutMs ?? 20_000,
      dnsTimeout: options.connectTimeoutMs ?? 20_000,
      socketTimeout: options.idleTimeoutMs ?? 30_000,
      socketCloseTimeout: farewellMs,
      // A server has no business with long replies; the default is 1 MB of them.
      maxResponseSize: 65_536,
      allowInternalNetworkInterfaces: true,
      ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
    });
    const transaction = await attempt(connection, envelope, message, signal);
    track(takeLeave(connection, transaction.error === undefined));
    return transaction;
  }

  /** Never rejects: whatever goes wrong is the transaction's error. */
  function attempt(
    connection: SMTPConnection,
    envelope: { from: string; to: string[] },
    message: Buffer,
    signal: AbortSignal,
  ): Promise<Transaction> {
    return new Promise<Transaction>((done) => {
      const onAbort = () => settle({ error: new Error(whyAborted(signal)) });
      const signals = [signal, closing.signal];
      for (const one of signals) one.addEventListener('abort', onAbort, { once: true });
      const settle = (transaction: Transaction) => {
        for (const one of signals) one.removeEventListener('abort', onAbort);
        done(transaction);
      };
      const fail = (error: NodemailerError) => settle({ error });
      // Stays on: an error after the outcome is known must not become an uncaught exception.
      connection.on('error', fail);
      connection.on('end', () => fail(new Error('the mail server closed the connection')));
      if (signals.some((one) => one.aborted)) return onAbort();
      connection.connect((error) => {
        if (error) return fail(error);
        const send = () =>
          connection.send(
            { ...envelope, size: message.length },
            message,
            (failure, info: SMTPConnectionSendInfo) => (failure ? fail(failure) : settle({ info })),
          );
        if (server.auth === undefined || !connection.allowsAuth) return send();
        connection.login({ credentials: server.auth }, (refusal) => (refusal ? fail(refusal) : send()));
      });
    });
  }

  return {
    send: (letter, signal) => track(deliver(letter, signal)),
    async close() {
      closing.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

function whyAborted({ reason }: AbortSignal): string {
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  return isTimeout ? 'the mail server did not take the message in time' : 'sending was cancelled';
}

/** How long a server may take over its last word. */
const farewellMs = 2_000;

/** QUIT where the server is still listening (RFC 5321, section 4.1.1.10), and in any case until the socket is gone. */
async function takeLeave(connection: SMTPConnection, isWell: boolean): Promise<void> {
  const socket = connection._socket;
  if (!socket || socket.destroyed) return connection.close();
  await new Promise<void>((gone) => {
    const impatience = setTimeout(() => socket.destroy(), farewellMs);
    socket.once('close', () => {
      clearTimeout(impatience);
      gone();
    });
    if (isWell) connection.quit();
    else {
      connection.close();
      socket.destroy();
    }
  });
}

interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    const found = url ? `${url.protocol}//${url.host}` : 'something that is no URL';
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

/** The domain as A-labels; undefined for what could break out of an SMTP command. */
function envelopeAddress(recipient: string): string | undefined {
  const match = /^([^\s@<>\p{Cc}]{1,64})@([^\s@<>\p{Cc}]{1,255})$/u.exec(recipient.trim());
  const [, local, domain] = match ?? [];
  if (local === undefined || domain === undefined) return undefined;
  const ascii = domain.startsWith('[') && isIP(domain.slice(1, -1)) > 0 ? domain : domainToASCII(domain);
  return ascii === '' ? undefined : `${local}@${ascii}`;
}

function notAnAddress(recipient: string): Delivery {
  const reason = `not a mail address: ${visible(JSON.stringify(recipient), 100)}`;
  return { recipient, outcome: 'failed_permanent', reason };
}
