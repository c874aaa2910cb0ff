/**
 * Finds connections that are open but silent: the other end hangs, or packets to it are lost. TCP notices neither for
 * minutes, and commands wait as long.
 *
 * A connection with an unanswered command has to receive something within some ticks. An idle one is asked (PING).
 * Ticks and not times: after this process itself was blocked, the answers that have arrived meanwhile are read before
 * the next tick counts.
 */
import { Command, type Redis } from 'ioredis';

const tickMs = 1_000;
/** Ticks until an idle connection is asked. */
const idleTicks = 3;
/** Ticks for the greeting after connecting: few, to be back soon after Redis is. */
const greetingTicks = 2;
/** Ticks for a command, beyond the time that it blocks at the server. */
const answerTicks = 5;
/** A connection closed after this many ticks of silence was given up by its user: BullMQ does that silently. */
const givenUpTicks = 2;
/** Ticks within which an ended connection is reconnected, if ever. */
const endedTicks = 2;

interface Pulse {
  stream: Redis['stream'] | undefined;
  received: number;
  /** The oldest unanswered command. */
  asked: unknown;
  /** Ticks in which nothing came although an answer is due, beyond the time that the command blocks at the server. */
  silent: number;
  /** Ticks that the command may still block. */
  waits: number;
  idle: number;
}

/** All connections of one link. A silent one is destroyed, so that ioredis reconnects, and `onSilence` is called. */
export class Heartbeats {
  readonly #pulses = new Map<Redis, Pulse>();
  /** Connections found silent and not heard from since, with the ticks since they ended. */
  readonly #lost = new Map<Redis, number>();
  readonly #onSilence: () => void;
  readonly #onAllHeard: () => void;
  readonly #timer: NodeJS.Timeout;

  /** `onAllHeard`: the last of the lost connections answers again. */
  constructor(onSilence: () => void, onAllHeard: () => void) {
    this.#onSilence = onSilence;
    this.#onAllHeard = onAllHeard;
    // What has arrived is read after the timers and before the second turn of setImmediate.
    this.#timer = setInterval(() => setImmediate(() => setImmediate(() => this.#tick())), tickMs);
    this.#timer.unref();
  }

  /** Why Redis counts as away; null while every connection answers. */
  get silence(): string | null {
    return this.#lost.size === 0 ? null : 'no answer on an open connection';
  }

  /** Watches a connection until it has ended for good. */
  watch(redis: Redis): void {
    redis.on('connect', () => this.#pulses.set(redis, begin()));
    redis.on('ready', () => this.#heard(redis));
    redis.on('close', () => {
      const pulse = this.#pulses.get(redis);
      this.#pulses.delete(redis);
      if (pulse !== undefined && pulse.silent >= givenUpTicks) this.#lose(redis);
    });
    if (redis.status === 'connect' || redis.status === 'ready') this.#pulses.set(redis, begin());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#pulses.clear();
    this.#lost.clear();
  }

  #heard(redis: Redis): void {
    if (this.#lost.delete(redis) && this.#lost.size === 0) this.#onAllHeard();
  }

  #lose(redis: Redis): void {
    this.#lost.set(redis, 0);
    this.#onSilence();
  }

  #tick(): void {
    for (const [redis, pulse] of this.#pulses) {
      if (count(redis, pulse) < (redis.status === 'ready' ? answerTicks : greetingTicks)) continue;
      // Destroyed, not ended: an orderly end would wait for the other side.
      this.#pulses.delete(redis);
      redis.stream.destroy();
      this.#lose(redis);
    }
    for (const [redis, ended] of this.#lost) {
      // No longer needed, or it would have been reconnected.
      if (ended >= endedTicks) this.#heard(redis);
      else if (redis.status === 'end') this.#lost.set(redis, ended + 1);
    }
  }
}

function begin(): Pulse {
  return { stream: undefined, received: 0, asked: undefined, silent: 0, waits: 0, idle: 0 };
}

/** Counts one more tick of a connection. Returns for how many an answer is overdue. */
function count(redis: Redis, pulse: Pulse): number {
  const { stream, commandQueue } = redis;
  const isNews = stream !== pulse.stream || stream.bytesRead !== pulse.received;
  pulse.stream = stream;
  pulse.received = stream.bytesRead;
  const asked = commandQueue.peekFront()?.command;
  if (asked === undefined || isNews || asked !== pulse.asked) {
    pulse.asked = asked;
    pulse.silent = 0;
    pulse.waits = asked instanceof Command ? Math.ceil((asked.extractBlockingTimeout() ?? 0) / tickMs) : 0;
    pulse.idle = isNews ? 0 : pulse.idle + 1;
  } else if (pulse.waits > 0) pulse.waits -= 1;
  else pulse.silent += 1;
  if (pulse.idle >= idleTicks && asked === undefined && redis.status === 'ready') {
    // If it fails, the connection has failed, which is reported elsewhere.
    redis.ping().catch(() => {});
  }
  return pulse.silent;
}
