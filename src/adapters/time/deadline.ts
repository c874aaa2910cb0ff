import { Unanswered } from '../../flow/admin/whois.ts';
import { pause } from './timer.ts';

/** The result of `work`; rejects with `Unanswered` if it takes longer than `ms`. The work itself continues. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const timer = new AbortController();
  const late = pause(ms, timer.signal).then(() =>
    Promise.reject(new Unanswered(`no answer within ${ms} ms`)),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
