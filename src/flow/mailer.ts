import type { Notice } from '../core/notice.ts';

/** One mail that an account's contacts are owed, as it goes out now. */
export interface Letter {
  /** The same in every attempt, `[A-Za-z0-9-]+`: the Message-ID and the file name are made from it. */
  readonly id: string;
  readonly account: string;
  /** Mail addresses to send it to now. */
  readonly recipients: readonly string[];
  /** All recipients, for the To header: everyone sees who else is notified. */
  readonly everyone: readonly string[];
  /** At least one, in the order in which they happened. */
  readonly transitions: readonly Notice[];
  /** When it was cut, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** When this attempt is made, in milliseconds since the epoch: every age in the letter is as of then. */
  readonly sentAt: number;
  /** Its readers have just become contacts: it reports what is already open. */
  readonly isIntroduction?: boolean;
  /** How many domains the account has: what breaks on all of them has one cause. 0 or left out: unknown. */
  readonly domains?: number;
}

export type Delivery =
  | {
      readonly recipient: string;
      readonly outcome: 'sent';
      /** It was only written to a file, and nobody was sent anything. */
      readonly isWritten?: true;
      /** For the log: the mail server's last reply, bounded and escaped, or the full path of the file written. */
      readonly receipt: string;
    }
  | {
      readonly recipient: string;
      /** Permanent only concerns this mailbox, while others took the message. What an operator can fix is temporary. */
      readonly outcome: 'failed_temporary' | 'failed_permanent';
      /** The server has the whole message and may have accepted it, but did not answer. */
      readonly perhapsTaken?: boolean;
      /** At most 300 characters on one line, no control characters. */
      readonly reason: string;
    };

/** Hands letters over, at least once: without the final reply a letter is sent again, with the same Message-ID. */
export interface Mailer {
  /**
   * One result for each recipient, in their order. Never rejects for what the mail server or the disk did, or for an
   * abort. May take many minutes, because a mail server may.
   */
  send(letter: Letter, signal: AbortSignal): Promise<readonly Delivery[]>;
  /** Aborts sending in progress (as `failed_temporary`) and leaves no socket open. Idempotent. */
  close(): Promise<void>;
}
