import type { Notice } from '../../../core/notice.ts';
import { isDigest, isOfDomain } from '../../../core/notice.ts';
import type { Letter } from '../../../flow/mailer.ts';
import type { ChannelDelivery, Notifier } from '../../../flow/notifier.ts';
import { allOf } from '../all-of.ts';
import { cutAt, type TextOf } from '../message-text.ts';
import type { Post } from '../post.ts';

/** PagerDuty limits how fast events may come. */
const atOnce = 8;
/** Of `summary`. */
const mostSummary = 1_024;
const mostDetails = 20_000;

/**
 * Sends an event for each incident (Events API v2), which is its `dedup_key`: a repeat joins the alert, and a recovery
 * resolves it.
 */
export function createPagerDuty(post: Post, textOf: TextOf): Notifier {
  return {
    async send({ url, key }, letter, signal) {
      if (key === undefined) return { outcome: 'failed_permanent', reason: 'the channel has no key' };
      // Of several transitions of an incident, the last one counts.
      // The digest is no incident: nothing would ever resolve it.
      const incidents = letter.transitions.filter((notice) => !isDigest(notice));
      const last = new Map(incidents.map((notice) => [notice.incident, notice]));
      const events = [...last.values()].map((notice) => eventOf(notice, letter, key, textOf));
      const headers = { 'content-type': 'application/json' };
      const deliveries: ChannelDelivery[] = [];
      for (let start = 0; start < events.length; start += atOnce) {
        const some = events
          .slice(start, start + atOnce)
          .map((event) => post({ url, headers, body: JSON.stringify(event), secrets: [key] }, signal));
        deliveries.push(...(await Promise.all(some)));
      }
      return allOf(deliveries, `${deliveries.length} events accepted`);
    },
  };
}

function eventOf(notice: Notice, letter: Letter, key: string, textOf: TextOf): object {
  const { incident, transition, severity, since, kind } = notice;
  const base = { routing_key: key, dedup_key: incident };
  if (transition === 'closed') return { ...base, event_action: 'resolve' };
  const { title, text } = textOf({ ...letter, transitions: [notice] });
  const source = isOfDomain(notice) ? notice.domain : letter.account;
  const custom_details = { account: letter.account, since, text: cutAt(text, mostDetails) };
  const payload = {
    ...{ summary: cutAt(title, mostSummary), source, severity, timestamp: notice.at },
    ...{ component: source, group: letter.account, class: kind, custom_details },
  };
  return { ...base, event_action: 'trigger', client: 'pinwatch', payload };
}
