import type { Domain } from '../../../core/domain.ts';
import { ownSettings, type SettingsChange } from '../../../core/domain-settings.ts';
import type { Stored } from '../../../flow/admin/admin-store.ts';
import {
  addDomain,
  asItIsStored,
  changeDomain,
  muteDomain,
  previewDomain,
  removeDomain,
} from '../../../flow/admin/domains.ts';
import { unknownAccount, unknownDomain } from '../../../flow/admin/outcome.ts';
import type { DomainRef } from '../../../flow/probe-store.ts';
import type { domainRoutes } from '../../../wire/domains.ts';
import type { AdminPorts, ApiOptions } from '../api-options.ts';
import { type BodyOf, type Handlers, type Result, sent } from '../handler.ts';
import { badInput } from '../problem.ts';
import { additionLimit, addressLimit } from '../request-limits.ts';
import { domainSummary, domainView } from '../views.ts';

type Routes = typeof domainRoutes;

/** Transitions shown with a domain. */
const shownHistory = 50;
/** An addition or a change probes the domain first; the probe has its own deadlines. */
const lookTimeoutMs = 60_000;

export function domainHandlers(
  ports: AdminPorts,
  options: Pick<ApiOptions, 'probesPerMinute'>,
): Handlers<Routes> {
  const { adminStore } = ports;

  async function shown(
    ref: DomainRef,
    stored: Stored<Domain>,
  ): Promise<Result<BodyOf<Routes['showDomain']>>> {
    const [record, history] = await Promise.all([
      adminStore.record(ref),
      adminStore.history(ref, shownHistory),
    ]);
    return { body: domainView(ref.domain, stored.value, record, history), tag: stored };
  }

  return {
    listDomains: {
      answer: async ({ params: { account }, query: { verdict = null, after = null, limit } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        const { domains, next } = await adminStore.domainPage(account, { after, limit, verdict });
        return { body: { domains: domains.map(domainSummary), next } };
      },
    },
    addDomain: {
      config: { ...additionLimit(options), turn: 'look' },
      answer: async ({ params: { account }, query: { dryRun, newAccount }, body, actor }) => {
        // A real addition checks this itself.
        if (dryRun && !newAccount && (await adminStore.account(account)) === null) {
          return unknownAccount(account);
        }
        const { host, pins, pinLevel, note, ...settings } = body;
        const domain: Domain = { ...host, pins: [...new Set(pins)], ...ownSettings(settings) };
        const signal = AbortSignal.timeout(lookTimeoutMs);
        const register = dryRun ? previewDomain : addDomain;
        const outcome = await register(account, domain, { pinLevel, note }, actor, ports, signal);
        if (!outcome.ok) return outcome;
        const { name, value, check, pinned } = outcome.value;
        const view = { ...domainView(name, value, null, []), check, verdict: check.verdict, pinned };
        return dryRun ? { body: view } : { body: view, status: 201, tag: outcome.value };
      },
    },
    showDomain: {
      answer: async ({ params: ref }) => {
        const stored = await adminStore.domain(ref);
        return stored === null ? unknownDomain(ref.domain) : shown(ref, stored);
      },
    },
    changeDomain: {
      config: { ...addressLimit(options), turn: 'look' },
      stored: ({ params: ref }) => adminStore.domain(ref),
      answer: async ({ params: ref, body, expected, actor }) => {
        const given = Object.entries(body).filter(([, value]) => value !== undefined);
        const change: SettingsChange = Object.fromEntries(given);
        const signal = AbortSignal.timeout(lookTimeoutMs);
        const outcome = await changeDomain(ref, change, expected, actor, ports, signal);
        return outcome.ok ? shown(ref, outcome.value) : outcome;
      },
    },
    removeDomain: {
      // Only its text, so that a domain that cannot be read can be removed.
      stored: ({ params: ref }) => adminStore.domain(ref).catch(asItIsStored),
      answer: async ({ params: ref, expected, actor }) => {
        const outcome = await removeDomain(ref, expected, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
    muteDomain: {
      answer: async ({ params: ref, body: { until }, actor, reply }) => {
        const time = Date.parse(until);
        if (time <= ports.clock()) {
          const message = `expected a time in the future, found ${until}`;
          return sent(badInput(reply, [{ path: 'body.until', message }]));
        }
        const outcome = await muteDomain(ref, time, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
    unmuteDomain: {
      answer: async ({ params: ref, actor }) => {
        const outcome = await muteDomain(ref, null, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
  };
}
