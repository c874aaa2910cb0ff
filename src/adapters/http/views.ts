/** What the API shows. Times are RFC 3339 in UTC. */
import { createHash } from 'node:crypto';
import { secretsText } from '../../core/channel-change.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { Account, Domain } from '../../core/domain.ts';
import { allSettings } from '../../core/domain-settings.ts';
import type { OpenIncident as AccountIncident } from '../../core/incident.ts';
import type { NotifyChannel } from '../../core/notify-channel.ts';
import { timeOfDay } from '../../core/quiet-hours.ts';
import type { DomainRecord } from '../../core/record.ts';
import { notifyWords } from '../../core/settings.ts';
import type { ListedDomain, PastTransition, Stored } from '../../flow/admin/admin-store.ts';
import type { OpenIncident } from '../../flow/admin/incidents.ts';
import type { Token } from '../../flow/admin/tokens.ts';

/** A strong entity tag (RFC 9110, section 8.8.3) of what is stored. */
export function etagOf({ text }: Stored<unknown>): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

export function accountView(
  { name, contacts, channels = [], notify, platforms, limits, publicStatus, provisionedBy }: Account,
  forAdmin = false,
) {
  return {
    name,
    contacts,
    ...(channels.length === 0 ? {} : { channels: channels.map((one) => channelView(name, one, forAdmin)) }),
    notify: notifyWords(notify ?? {}),
    platforms: platforms ?? null,
    ...(limits ? { limits } : {}),
    ...(publicStatus ? { publicStatus } : {}),
    provisionedBy: provisionedBy ?? null,
  };
}

/** Without its secrets, the key and all of the URL but the host. */
function channelView(account: string, channel: NotifyChannel, forAdmin: boolean) {
  const { name, type, url, key, minSeverity, quietHours } = channel;
  const hours =
    quietHours === undefined
      ? null
      : { ...quietHours, from: timeOfDay(quietHours.from), to: timeOfDay(quietHours.to) };
  const { host } = new URL(url);
  const id = createHash('sha256').update(secretsText(account, channel)).digest('hex').slice(0, 16);
  const secretsId = forAdmin ? { secretsId: id } : {};
  return { name, type, host, hasKey: key !== undefined, ...secretsId, minSeverity, quietHours: hours };
}

/** A domain in a list. */
export function domainSummary({ name, value, status }: ListedDomain) {
  return {
    name,
    verdict: status?.verdict ?? null,
    pins: value?.pins.length ?? 0,
    open: status?.open ?? [],
    lastProbeAt: time(status?.lastProbeAt ?? 0),
    expiresAt: time(status?.earliestNotAfter ?? 0),
    mutedUntil: time(value?.mutedUntil ?? 0),
    provisionedBy: value?.provisionedBy ?? null,
    unreadable: value === null,
  };
}

/** One domain: its settings, last probe, open incidents and history. */
export function domainView(
  name: string,
  domain: Domain,
  record: DomainRecord | null,
  history: readonly PastTransition[],
) {
  const check = record?.lastCheck ?? null;
  // If nothing could be judged, no key was seen, which does not mean that a pin is unused.
  const judged = check?.endpoints.some(({ path }) => path.length > 0) ? check.pins : [];
  return {
    name,
    host: domain.host,
    port: domain.port,
    pins: domain.pins.map((pin) => ({
      pin,
      seen: judged.find((checked) => checked.pin === pin)?.seen ?? null,
      ...(domain.pinNotes?.[pin] ?? { note: null, by: null, at: null }),
    })),
    ...allSettings(domain),
    provisionedBy: domain.provisionedBy ?? null,
    mutedUntil: time(domain.mutedUntil ?? 0),
    verdict: check?.verdict ?? null,
    lastProbeAt: time(record?.lastProbeAt ?? 0),
    lastConclusiveProbeAt: time(record?.lastConclusiveAt ?? 0),
    incidents: Object.values(record?.incidents ?? {}).map((incident) =>
      incidentView({ ...incident, domain: name }),
    ),
    history,
    check,
  };
}

export function incidentView({ id, domain, kind, severity, since, toldAt, acknowledged }: OpenIncident) {
  return {
    incident: id,
    domain,
    kind,
    severity,
    since: rfc3339(since),
    lastToldAt: time(toldAt),
    acknowledged: acknowledged ?? null,
  };
}

/** It is of the account, and of no domain. */
export function accountIncidentView<Kind extends string>({
  id,
  kind,
  severity,
  since,
  toldAt,
  acknowledged,
}: AccountIncident<Kind>) {
  return {
    incident: id,
    ...{ kind, severity },
    since: rfc3339(since),
    lastToldAt: time(toldAt),
    acknowledged: acknowledged ?? null,
  };
}

export function tokenView({ id, name, role, account, createdAt, createdBy, expiresAt, lastUsedAt }: Token) {
  return {
    id,
    name,
    role,
    account,
    createdAt: rfc3339(createdAt),
    createdBy,
    expiresAt: time(expiresAt ?? 0),
    lastUsedAt: time(lastUsedAt ?? 0),
  };
}

export function time(ms: number): string | null {
  return ms === 0 ? null : rfc3339(ms);
}
