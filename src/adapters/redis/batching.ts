import { Redis } from 'ioredis';

/**
 * Sends all commands of one turn of the event loop in one write, for many probes run side by side.
 *
 * ioredis' own `enableAutoPipelining` does so with a Pipeline object for each turn, into which it copies every script that
 * was ever defined, BullMQ's sixty included, and with a second command and promise for each; without it a probe job costs a
 * tenth less CPU.
 */
export class BatchingRedis extends Redis {
  /** The connection whose writes are being held back until the end of this turn. */
  #held: Redis['stream'] | undefined;

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    // Before `ready` ioredis talks to the server itself, a word at a time.
    if (this.status === 'ready' && this.#held !== this.stream) this.#hold(this.stream);
    return super.sendCommand(command, stream);
  }

  #hold(stream: Redis['stream']): void {
    this.#held = stream;
    stream.cork();
    setImmediate(() => {
      if (this.#held === stream) this.#held = undefined;
      // One that was closed meanwhile has dropped what it held; ioredis knows these commands, and sends them again.
      stream.uncork();
    });
  }
}
