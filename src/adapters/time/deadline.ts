import { Unanswered } from '../../flow/admin/whois.ts';
import { pause } from './timer.ts';

/** What `work` gives; rejects with `Unanswered` if that takes longer. The work itself goes on. */
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
