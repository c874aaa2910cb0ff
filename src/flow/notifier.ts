import type { NotifyChannel } from '../core/notify-channel.ts';
import type { Letter } from './mailer.ts';

/** The outcome of one attempt to notify through a channel. */
export type ChannelDelivery =
  | {
      readonly outcome: 'sent';
      /** For the log: the answer, bounded and on one line. */
      readonly receipt: string;
    }
  | {
      /** Permanent: repeating the same request would be refused in the same way. */
      readonly outcome: 'failed_temporary' | 'failed_permanent';
      /** Bounded, on one line, without the URL and the key. */
      readonly reason: string;
      /** The service has asked for this pause, in milliseconds. */
      readonly retryAfterMs?: number;
    };

/** Sends letters through the channels of one type, at least once: a repeat has the same id. */
export interface Notifier {
  /** Never rejects for what the other side did, or for an abort, which is a temporary failure. */
  send(channel: NotifyChannel, letter: Letter, signal: AbortSignal): Promise<ChannelDelivery>;
}
