import type { Entry } from '../../../../verify/typescript/src/configuration.ts';
import { rfc3339 } from '../../../core/clock.ts';
import type { ConfigRecord } from '../../../core/config-incident.ts';
import type { ConfigState, ConfigVersion, ServedTuple } from '../../../core/config-state.ts';
import { shownPin } from '../../../core/draft.ts';
import type { HostChange } from '../../../core/draft-difference.ts';
import { overrides } from '../../../core/publish-guard.ts';
import { refuse } from '../../../flow/admin/outcome.ts';
import { checkConfig, expiryOf } from '../../../flow/publish/check-config.ts';
import { installKeys } from '../../../flow/publish/install-keys.ts';
import { publishConfig } from '../../../flow/publish/publish-config.ts';
import { readDraft } from '../../../flow/publish/read-draft.ts';
import { showConfig } from '../../../flow/publish/show-config.ts';
import type { configRoutes } from '../../../wire/configs.ts';
import type { AdminPorts, ApiOptions } from '../api-options.ts';
import type { Handlers } from '../handler.ts';
import { probeLimit } from '../request-limits.ts';

/** All endpoints of an account are probed, some at a time. */
const checkTimeoutMs = 300_000;

export function configHandlers(
  ports: AdminPorts,
  options: Pick<ApiOptions, 'probesPerMinute' | 'configUrls'>,
): Handlers<typeof configRoutes> {
  const { configStore } = ports;
  return {
    showConfig: {
      answer: async ({ params: { account } }) => {
        const outcome = await showConfig(account, ports);
        if (!outcome.ok) return outcome;
        const { state, published, served, field, differs } = outcome.value;
        const { channel } = state ?? {};
        const body = {
          keys: state === null ? null : keysView(state),
          published: published === null ? null : versionView(published),
          served: served === null ? null : servedView(served),
          field: field.map(versionView),
          watch: watchView((await ports.watchStore.load(account)).record),
          urls: channel === undefined ? [] : options.configUrls.map((url) => `${url}/c/${channel}`),
          differs,
          revoked: state?.revoked ?? [],
        };
        return { body };
      },
    },
    showDraft: {
      answer: async ({ params: { account } }) => {
        const outcome = await readDraft(account, [], ports);
        if (!outcome.ok) return outcome;
        const { entries, changes, problems, warnings } = outcome.value;
        const shown = Object.fromEntries([...entries].map(([host, one]) => [host, entryView(one)]));
        const body = { entries: shown, changes: changes.map(changeView), problems, warnings };
        return { body, tag: { value: body, text: JSON.stringify(shown) } };
      },
    },
    checkConfig: {
      config: { ...probeLimit(options), turn: 'look' },
      answer: async ({ params: { account }, body, actor }) => {
        const wanted = { restore: body?.restore ?? null, without: body?.without ?? [] };
        const signal = AbortSignal.timeout(checkTimeoutMs);
        const outcome = await checkConfig(account, wanted, actor, ports, signal);
        if (!outcome.ok) return outcome;
        const { candidate, changes, warnings } = outcome.value;
        const { id, version, digest, payload, findings, checkedAt } = candidate;
        return {
          body: {
            ...{ candidate: id, version, digest, payload, warnings },
            changes: changes.map(changeView),
            findings: findings.map((finding) => ({ ...finding, override: overrides[finding.code] })),
            checkedAt: rfc3339(checkedAt),
            expiresAt: rfc3339(expiryOf(candidate)),
          },
        };
      },
    },
    publishConfig: {
      answer: async ({ params: { account }, body, actor }) => {
        const outcome = await publishConfig(account, body, actor, ports);
        return outcome.ok ? { body: versionView(outcome.value.version) } : outcome;
      },
    },
    listVersions: {
      answer: async ({ params: { account } }) => {
        const outcome = await showConfig(account, ports);
        if (!outcome.ok) return outcome;
        return { body: { versions: outcome.value.versions.map(versionView) } };
      },
    },
    showVersion: {
      answer: async ({ params: { account, version } }) => {
        const found = await configStore.version(account, version);
        if (found === null) return refuse('not_found', `no version ${version}`);
        return { body: { ...versionView(found), payload: found.payload } };
      },
    },
    installKeys: {
      answer: async ({ params: { account }, body, actor }) => {
        const outcome = await installKeys(account, body, actor, ports);
        return outcome.ok ? { body: keysView(outcome.value) } : outcome;
      },
    },
  };
}

/** null: nothing was looked at yet. */
function watchView({ lookedAt, report, incidents }: ConfigRecord) {
  if (report === null) return null;
  const urls = report.urls.map(({ url, problem, detail }) => ({ url, problem, detail }));
  return { lookedAt: rfc3339(lookedAt), urls, open: Object.values(incidents).map(({ kind }) => kind) };
}

function keysView({ channel, generation, roots, statement }: ConfigState) {
  return { channel, generation, roots, statement };
}

function versionView({ payload: _, ...version }: ConfigVersion) {
  return version;
}

function servedView({ generation, version, issuedAt, expiresAt }: ServedTuple) {
  const at = (seconds: number) => rfc3339(seconds * 1_000);
  return { generation, version, issuedAt: at(issuedAt), expiresAt: at(expiresAt) };
}

function entryView({ mode, pins, sub }: Entry) {
  return { mode, pins: pins.map(shownPin), sub };
}

function changeView({ host, before, after, added, removed }: HostChange) {
  const [old, next] = [before, after].map((one) => (one === null ? null : entryView(one)));
  return { host, before: old ?? null, after: next ?? null, added, removed };
}
