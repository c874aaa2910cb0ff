import { isDigest } from '../../../core/notice.ts';
import { alertLastsMs } from '../../../core/notify-channel.ts';
import type { ChannelDelivery, Notifier } from '../../../flow/notifier.ts';
import { allOf } from '../all-of.ts';
import type { Post } from '../post.ts';
import { type AlertLinks, alertOf } from './alert.ts';

/** Of one request: some 200 KB. */
const mostAlerts = 100;

export interface AlertmanagerOptions extends AlertLinks {
  readonly post: Post;
}

/**
 * Posts an alert for each incident to Alertmanager's API v2. Alertmanager would call an alert without an end resolved
 * after its `resolve_timeout`, so each has an end that lies ahead, and that of a closed incident the time of closing.
 */
export function createAlertmanager({ post, ...links }: AlertmanagerOptions): Notifier {
  return {
    async send({ url, key }, { account, transitions, sentAt }, signal) {
      // Of several transitions of an incident, the last one counts.
      const incidents = transitions.filter((notice) => !isDigest(notice));
      const last = new Map(incidents.map((notice) => [notice.incident, notice]));
      const alerts = [...last.values()].map((notice) =>
        alertOf(account, notice, sentAt + alertLastsMs, links),
      );
      const access = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const headers = { 'content-type': 'application/json', ...access };
      const secrets = key === undefined ? [] : [key];
      const deliveries: ChannelDelivery[] = [];
      for (let start = 0; start < alerts.length; start += mostAlerts) {
        const body = JSON.stringify(alerts.slice(start, start + mostAlerts));
        deliveries.push(await post({ url: alertsUrl(url), headers, body, secrets }, signal));
      }
      return allOf(deliveries, `${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'} accepted`);
    },
  };
}

/** The channel has the URL of the server, perhaps with the prefix of its web interface. */
function alertsUrl(url: string): string {
  const at = new URL(url);
  at.pathname = `${at.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
  return at.href;
}
