/**
 * A timer for a connection. After a pause of this process (SIGSTOP, a busy loop, a suspended machine) its timers fire before
 * the data that has arrived meanwhile is read, so a server that has answered in time would look silent. What the pause took
 * is given back, once, and what has arrived is read before time is up.
 */
export interface Deadline {
  /** Gives the milliseconds that a pause took out of it. */
  cancel(): number;
}

/** A timer that fires this much late was held up by a pause. Ordinary load is far below. */
const pauseMs = 250;

/** `expired` is called once, unless the deadline was cancelled. */
export function startDeadline(ms: number, expired: () => void): Deadline {
  let isOver = false;
  let pausedMs = 0;
  let dueAt = performance.now() + ms;
  let turn: NodeJS.Immediate | undefined;
  const expire = () => {
    if (isOver) return;
    isOver = true;
    expired();
  };
  const onTime = (mayExtend: boolean) => {
    const lateMs = performance.now() - dueAt;
    if (mayExtend && lateMs > pauseMs) {
      pausedMs = lateMs;
      const givenBackMs = Math.min(lateMs, ms);
      dueAt = performance.now() + givenBackMs;
      timer = setTimeout(onTime, givenBackMs, false);
      return;
    }
    // Between timers and immediates, the loop reads from its sockets.
    turn = setImmediate(expire);
  };
  let timer = setTimeout(onTime, ms, true);
  return {
    cancel() {
      isOver = true;
      clearTimeout(timer);
      clearImmediate(turn);
      return pausedMs;
    },
  };
}
