/**
 * One connection to the mail server, and one transaction on it. A reply is returned as a value; nothing here rejects.
 *
 * The deadlines are those of RFC 5321, section 4.5.3.2: a busy server may take minutes for a command, and ten for its
 * final reply. A client that gives up earlier would send again a message that was accepted.
 */
import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { secondsText } from '../../core/duration.ts';
import type { Transaction } from './outcome.ts';
import type { SmtpServer } from './smtp-url.ts';

/** How long each step may take, in milliseconds. All but the first limit silence. */
export interface Patience {
  /** Until there is a connection, name resolution included. RFC 5321 leaves it open. */
  readonly connectMs: number;
  /** The greeting and each reply before the message. */
  readonly replyMs: number;
  /** Between two blocks of the message. */
  readonly blockMs: number;
  /** The reply to the whole message. */
  readonly lastWordMs: number;
}

/** How much of the message is written at a time, in bytes. */
const blockSize = 16_384;

const minute = 60_000;
export const rfc5321: Patience = {
  connectMs: minute / 2,
  replyMs: 5 * minute,
  blockMs: 3 * minute,
  lastWordMs: 10 * minute,
};

export interface Dialogue {
  readonly server: SmtpServer;
  /** PEM of the roots that replace the default ones. */
  readonly ca: string | null;
  /** For EHLO; null: the machine's host name, or an address literal. */
  readonly name: string | null;
  readonly requireTls: boolean;
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** `gone`: resolves when no socket is left. */
export async function transact(
  dialogue: Dialogue,
  envelope: Envelope,
  message: Buffer,
): Promise<{ transaction: Transaction; gone: Promise<void> }> {
  const { server, ca, name, requireTls, patience } = dialogue;
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: requireTls && !server.secure,
    connectionTimeout: patience.connectMs + 2 * patience.replyMs,
    greetingTimeout: patience.replyMs,
    dnsTimeout: patience.connectMs,
    socketTimeout: patience.replyMs,
    socketCloseTimeout: farewellMs,
    // A server has no reason to send long replies; the default limit is 1 MB.
    maxResponseSize: 65_536,
    allowInternalNetworkInterfaces: true,
    ...(name === null ? {} : { name }),
    ...(ca === null ? {} : { tls: { ca } }),
  });
  const transaction = await attempt(connection, dialogue, envelope, message);
  return { transaction, gone: takeLeave(connection, transaction.error === undefined) };
}

function attempt(
  connection: SMTPConnection,
  { server, patience, signal }: Dialogue,
  envelope: Envelope,
  message: Buffer,
): Promise<Transaction> {
  return new Promise<Transaction>((done) => {
    let isSent = false;
    const onAbort = () => fail(new Error(whyAborted(signal)));
    signal.addEventListener('abort', onAbort, { once: true });
    const connecting = setTimeout(() => {
      const socket = connection._socket;
      if (!socket || socket.connecting)
        fail(new Error(`no connection within ${secondsText(patience.connectMs)}`));
    }, patience.connectMs);
    const settle = (transaction: Transaction) => {
      clearTimeout(connecting);
      signal.removeEventListener('abort', onAbort);
      done(transaction);
    };
    const fail = (error: NodemailerError) => {
      // A reply here is a refusal, so the message was not accepted.
      const perhapsTaken = isSent && error.responseCode === undefined;
      settle({ error: perhapsTaken ? unanswered(error) : error, perhapsTaken });
    };
    // Stays on: an error after the outcome is known must not become an uncaught exception.
    connection.on('error', fail);
    connection.on('end', () => fail(new Error('the mail server closed the connection')));
    if (signal.aborted) return onAbort();

    const endured = (ms: number) => {
      if (connection._socket) connection._socket.setTimeout(ms);
    };
    /** Read after the server's 354, as fast as it takes the blocks; at the end the last line is on its way. */
    function* content() {
      endured(patience.blockMs);
      for (let at = 0; at < message.length; at += blockSize) yield message.subarray(at, at + blockSize);
      isSent = true;
      endured(patience.lastWordMs);
    }
    const send = () => {
      const sent = (failure: NodemailerError | null, info?: SMTPConnectionSendInfo) =>
        failure || !info ? fail(failure ?? new Error('the mail server did not reply')) : settle({ info });
      const to = [...envelope.to];
      connection.send(
        { from: envelope.from, to, size: message.length },
        Readable.from(content(), { objectMode: false }),
        sent,
      );
    };
    connection.connect((error) => {
      if (error) return fail(error);
      if (server.auth === undefined || !connection.allowsAuth) return send();
      connection.login({ credentials: server.auth }, (refusal) => (refusal ? fail(refusal) : send()));
    });
  });
}

function unanswered({ message }: Error): Error {
  return new Error(
    `the mail server has the message and may have accepted it, but did not answer: ${message}`,
  );
}

function whyAborted({ reason }: AbortSignal): string {
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  return isTimeout ? 'the mail server did not take the message in time' : 'sending was cancelled';
}

/** How long a server may take to close the connection. */
const farewellMs = 2_000;

/** Sends QUIT if the server is still listening (RFC 5321, section 4.1.1.10). Always waits until the socket is gone. */
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
