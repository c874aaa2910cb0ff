import type { Transition } from '../core/incident.ts';

/** One mail that an account's contacts are owed, as it goes out now. */
export interface Letter {
  /** Stable over every attempt, `[A-Za-z0-9-]+`: the Message-ID and the file name are made of it. */
  readonly id: string;
  readonly account: string;
  /** Mail addresses that get it now. */
  readonly recipients: readonly string[];
  /** All whom it is for, for the To header: everybody sees who else is told. */
  readonly everyone: readonly string[];
  /** At least one, in the order in which they happened. */
  readonly transitions: readonly Transition[];
  /** Milliseconds since the epoch: when it was cut. */
  readonly createdAt: number;
  /** Milliseconds since the epoch: the moment of this attempt, which every age in it is of. */
  readonly sentAt: number;
  /** Its readers have just become contacts: it says what is open already. */
  readonly isIntroduction?: boolean;
}

export type Delivery =
  | {
      readonly recipient: string;
      readonly outcome: 'sent';
      /** For the log: the mail server's last reply, bounded and escaped, or the full path of the file written. */
      readonly receipt: string;
    }
  | {
      readonly recipient: string;
      /** Permanent is a verdict on this mailbox, while others took the message. What an operator can mend stays temporary. */
      readonly outcome: 'failed_temporary' | 'failed_permanent';
      /** The server has the whole message, and may have taken it: its answer did not come. */
      readonly perhapsTaken?: boolean;
      /** At most 300 characters on one line, no control characters. */
      readonly reason: string;
    };

/** Hands letters over. At least once: a connection lost before the server's last word is tried again, with the same Message-ID. */
export interface Mailer {
  /**
   * One result for each recipient, in their order. Never rejects for what the mail server or the disk did, nor for an
   * abort. May take many minutes, for a mail server may.
   */
  send(letter: Letter, signal: AbortSignal): Promise<readonly Delivery[]>;
  /** Aborts what is under way (it becomes `failed_temporary`) and leaves no socket open. Idempotent. */
  close(): Promise<void>;
}
