import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { visible } from '../../core/hostile-text.ts';
import type { Delivery, Letter, Mailer } from '../../flow/mailer.ts';
import { createAtATime } from './at-a-time.ts';
import { senderAddress } from './headers.ts';
import type { Installation } from './installation.ts';
import { composeLetter } from './message.ts';
import { deliveries, isTooLarge, type Transaction, unlessAllRefused } from './outcome.ts';
import { parseSmtpUrl, secretsOf } from './smtp-url.ts';
import { type Envelope, type Patience, rfc5321, transact } from './transaction.ts';

export interface SmtpMailerOptions extends Installation {
  /** `smtps://user:password@host:465`, or `smtp://…` (port 587 if left out), which uses TLS if STARTTLS is offered. */
  readonly url: string;
  /** PEM of the roots that replace the default ones for the mail server. */
  readonly ca?: string | null;
  /** The name given in EHLO. Left out: the machine's host name if that has a dot, else an address literal. */
  readonly name?: string | null;
  /** Whether a server without STARTTLS is refused. Left out: if the URL has a user, to protect the password. */
  readonly tls?: 'required' | 'opportunistic';
  readonly patience?: Partial<Patience>;
}

/** The number that Postfix accepts from one client by default. */
const mostConnections = 50;

/**
 * One connection and one transaction for each letter. No pool: there is at most one mail every few minutes, and an idle
 * connection may be dead when it is needed. Throws at once if the URL or the sender is wrong; never shows a password.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const server = parseSmtpUrl(options.url);
  const sender = senderAddress(options.from);
  const closing = new AbortController();
  const turns = createAtATime(mostConnections);
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled: Promise<unknown> = work.then(
      () => underWay.delete(settled),
      () => underWay.delete(settled),
    );
    underWay.add(settled);
    return work;
  };
  const dialogue = {
    server,
    ca: options.ca ?? null,
    name: options.name ?? null,
    requireTls: (options.tls ?? (server.auth ? 'required' : 'opportunistic')) === 'required',
    patience: { ...rfc5321, ...options.patience },
  };

  async function deliver(letter: Letter, signal: AbortSignal): Promise<readonly Delivery[]> {
    const results = new Map<string, Delivery>();
    const recipients = new Map<string, string>();
    for (const recipient of letter.recipients) {
      const address = envelopeAddress(recipient);
      if (address === undefined) results.set(recipient, notAnAddress(recipient));
      else recipients.set(recipient, address);
    }
    const message = await composeLetter(letter, options);
    if (recipients.size > 0) {
      const to = [...new Set(recipients.values())];
      let transaction = await send({ from: sender, to }, message, signal);
      if (isTooLarge(transaction)) {
        const shorter = await composeLetter(letter, { ...options, jsonLimit: 0 });
        transaction = await send({ from: sender, to }, shorter, signal);
      }
      for (const delivery of deliveries(recipients, transaction, secretsOf(server)))
        results.set(delivery.recipient, delivery);
    }
    return unlessAllRefused(letter.recipients.flatMap((recipient) => results.get(recipient) ?? []));
  }

  async function send(envelope: Envelope, message: Buffer, signal: AbortSignal): Promise<Transaction> {
    return turns.take(async () => {
      const either = AbortSignal.any([signal, closing.signal]);
      const { transaction, gone } = await transact({ ...dialogue, signal: either }, envelope, message);
      track(gone);
      return transaction;
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

/** The address with its domain as A-labels; undefined if it could break out of an SMTP command. */
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
