import { rfc3339 } from '../../../core/clock.ts';
import type { ImportedSet } from '../../../core/imported-set.ts';
import { mostImportedBytes } from '../../../core/pin-set.ts';
import { coverageOf, hostOfName } from '../../../core/set-coverage.ts';
import { unknownAccount } from '../../../flow/admin/outcome.ts';
import {
  importPinSets,
  removePinSets,
  setsCalled,
  storedImport,
  unknownPinSet,
} from '../../../flow/admin/pin-sets.ts';
import type { pinSetRoutes } from '../../../wire/pin-sets.ts';
import type { AdminPorts } from '../api-options.ts';
import type { BodyOf, Handlers } from '../handler.ts';

type Routes = typeof pinSetRoutes;

/** Patterns and names of domains in one answer. */
const mostShown = 1_000;
/** JSON may escape each byte of a text. */
const bodyLimit = 3 * mostImportedBytes;

export function pinSetHandlers(ports: AdminPorts): Handlers<Routes> {
  const { adminStore, pinSetStore } = ports;

  const found = async (account: string, name: string) =>
    setsCalled((await pinSetStore.pinSets(account)).sets, name);

  async function shown(
    account: string,
    sets: readonly ImportedSet[],
    text: string | null,
  ): Promise<BodyOf<Routes['showPinSet']>> {
    const names = await adminStore.domainNames(account, null);
    const domains = names.map((name) => ({ name, host: hostOfName(name) }));
    const [first] = sets;
    const { host = null, okhttp = null, receivedAt } = first?.options ?? {};
    return {
      pinSets: sets.map((set) => {
        const coverage = coverageOf(set, domains);
        return {
          ...summaryOf(set),
          ...{ resolution: set.resolution, trust: set.trust },
          hosts: coverage.hosts.slice(0, mostShown),
          domains: coverage.domains.slice(0, mostShown),
          domainCount: coverage.domains.length,
          unregistered: coverage.unregistered.slice(0, mostShown),
        };
      }),
      warnings: first?.warnings ?? [],
      text,
      options: { host, okhttp, receivedAt: receivedAt === undefined ? null : rfc3339(receivedAt) },
    };
  }

  return {
    listPinSets: {
      answer: async ({ params: { account } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        const { sets } = await pinSetStore.pinSets(account);
        return { body: { pinSets: sets.map(summaryOf) } };
      },
    },
    showPinSet: {
      answer: async ({ params: { account, name } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        const sets = await found(account, name);
        const [first] = sets;
        const tag = storedImport(sets);
        if (first === undefined || tag === null) return unknownPinSet(name);
        const text = await pinSetStore.importedText(account, first.of);
        return { body: await shown(account, sets, text), tag };
      },
    },
    importPinSet: {
      bodyLimit,
      stored: async ({ params: { account, name } }) => storedImport(await found(account, name)),
      answer: async ({ params: { account, name }, query: { dryRun }, body, expected, actor }) => {
        const { text, format, appVersion, note, host, okhttp, receivedAt } = body;
        const request = {
          ...{ of: name, text, note },
          ...(format === undefined ? {} : { format }),
          ...(appVersion === undefined ? {} : { appVersion }),
          options: {
            ...(host === undefined ? {} : { host }),
            ...(okhttp === undefined ? {} : { okhttp }),
            ...(receivedAt === undefined ? {} : { receivedAt: Date.parse(receivedAt) }),
          },
        };
        const outcome = await importPinSets(account, request, dryRun, expected, actor, ports);
        if (!outcome.ok) return outcome;
        const tag = dryRun ? null : storedImport(outcome.value);
        return { body: await shown(account, outcome.value, null), ...(tag === null ? {} : { tag }) };
      },
    },
    removePinSet: {
      stored: async ({ params: { account, name } }) => storedImport(await found(account, name)),
      answer: async ({ params: { account, name }, expected, actor }) => {
        const outcome = await removePinSets(account, name, expected, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
  };
}

function summaryOf(set: ImportedSet) {
  const { name, of, source, format, appVersion, note, by, at, provisionedBy, rules } = set;
  const pinning = rules.filter(({ allOf }) => allOf.length > 0);
  const ends = pinning.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return {
    ...{ name, import: of, source, format },
    appVersion: appVersion ?? null,
    ...{ note, by, at },
    provisionedBy: provisionedBy ?? null,
    rules: rules.length,
    enforcing: pinning.some(({ enforce }) => enforce),
    until: Number.isFinite(last) ? rfc3339(last) : null,
  };
}
