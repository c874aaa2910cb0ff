import { Redis } from 'ioredis';

/**
 * Sends all commands of one turn of the event loop in one write, because many probes run concurrently.
 *
 * The `enableAutoPipelining` of ioredis does this with a Pipeline object for each turn, into which it copies every
 * script ever defined, including BullMQ's sixty, and with a second command and promise for each command. Without it a
 * probe job costs a tenth less CPU.
 */
export class BatchingRedis extends Redis {
  /** The connection whose writes are being held back until the end of this turn. */
  #held: Redis['stream'] | undefined;

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    // Before `ready`, ioredis itself talks to the server, one command at a time.
    if (this.status === 'ready' && this.#held !== this.stream) this.#hold(this.stream);
    return super.sendCommand(command, stream);
  }

  #hold(stream: Redis['stream']): void {
    this.#held = stream;
    stream.cork();
    setImmediate(() => {
      if (this.#held === stream) this.#held = undefined;
      // A stream that was closed meanwhile has dropped what it held; ioredis knows those commands and sends them again.
      stream.uncork();
    });
  }
}
