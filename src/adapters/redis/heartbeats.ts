/**
 * Finds connections that are open and say nothing: the other end hangs, or what is sent to it goes nowhere. TCP notices
 * neither for minutes, and a command waits for as long.
 *
 * A connection with a command that is not answered has to receive something within so many ticks. One that is idle is
 * asked (PING). Ticks and not times: after this process itself was held up, the answers that have come meanwhile
 * are read before the next tick counts.
 */
import { Command, type Redis } from 'ioredis';

const tickMs = 1_000;
/** An idle connection is asked after so many. */
const idleTicks = 3;
/** So many to be greeted once connected: short, to be back soon after Redis is. */
const greetingTicks = 2;
/** How many a command may take, beyond the time for which it waits at the server for something to happen. */
const answerTicks = 5;
/** A connection that was closed after so many ticks of silence was given up by whoever uses it: BullMQ does so, without a word. */
const givenUpTicks = 2;
/** What has ended is connected again within so many, if ever. */
const endedTicks = 2;

interface Pulse {
  stream: Redis['stream'] | undefined;
  received: number;
  /** The oldest command that is not answered. */
  asked: unknown;
  /** Ticks in which nothing came though an answer is due, beyond the time for which the command waits at the server. */
  silent: number;
  /** For so many more it may wait. */
  waits: number;
  idle: number;
}

/** All connections of one link. `onSilence` is called for each that is found silent, which is then destroyed: ioredis makes a new one. */
export class Heartbeats {
  readonly #pulses = new Map<Redis, Pulse>();
  /** Found silent and not heard of since, with the ticks since it has ended. */
  readonly #lost = new Map<Redis, number>();
  readonly #onSilence: () => void;
  readonly #onAllHeard: () => void;
  readonly #timer: NodeJS.Timeout;

  /** `onAllHeard`: the last of those that were lost answers again. */
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

  /** From now on, until it has ended for good. */
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
      // Destroyed, not ended: an end in good order would wait for the other side's.
      this.#pulses.delete(redis);
      redis.stream.destroy();
      this.#lose(redis);
    }
    for (const [redis, ended] of this.#lost) {
      // Nobody needs it any more, or it would have been connected again.
      if (ended >= endedTicks) this.#heard(redis);
      else if (redis.status === 'end') this.#lost.set(redis, ended + 1);
    }
  }
}

function begin(): Pulse {
  return { stream: undefined, received: 0, asked: undefined, silent: 0, waits: 0, idle: 0 };
}

/** One more tick of a connection: for how many an answer is overdue now. */
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
    // Its failure is that of the connection, which is told by whoever finds it.
    redis.ping().catch(() => {});
  }
  return pulse.silent;
}
