import type { AuditEntry } from '../../core/audit.ts';
import type { ImportChange } from '../../core/import-changes.ts';
import type { ImportedSet } from '../../core/imported-set.ts';
import { limitsOf } from '../../core/limits.ts';
import { mostPinSets } from '../../core/pin-set.ts';
import { plural } from '../../core/plural.ts';
import type { ReadPins } from '../pin-formats.ts';
import type { PinSetStore } from '../pin-set-store.ts';
import { type ResolvePorts, resolvePinSets } from '../resolve-pin-sets.ts';
import { provisionedRefusal, stale } from './accounts.ts';
import type { AdminStore, Stored } from './admin-store.ts';
import { auditOf } from './audit-of.ts';
import { type ImportRequest, importText } from './import-text.ts';
import { type Actor, done, type Outcome, refuse, refuseBeyond, unknownAccount } from './outcome.ts';

export interface PinSetPorts extends Pick<ResolvePorts, 'probeSoon'> {
  readonly adminStore: AdminStore;
  readonly pinSetStore: PinSetStore;
  readonly readPins: ReadPins;
  readonly clock: () => number;
}

/** What one text was imported as: one set, or several. */
export interface Import {
  readonly sets: readonly ImportedSet[];
  readonly text: string;
}

/** Beyond this, other people change the account's pin sets all the time. */
const mostAttempts = 5;

/** The sets that were imported under a name, or the one that has it. */
export function setsCalled(sets: readonly ImportedSet[], name: string): readonly ImportedSet[] {
  const imported = sets.filter(({ of }) => of === name);
  return imported.length > 0 ? imported : sets.filter((set) => set.name === name);
}

/** For compare-and-set by a caller; null: there are none. */
export function storedImport(sets: readonly ImportedSet[]): Stored<readonly ImportedSet[]> | null {
  return sets.length === 0 ? null : { value: sets, text: JSON.stringify(sets) };
}

/**
 * Imports a text under a name, in place of what was imported under it before. `dryRun`: stores nothing, and the account
 * need not exist.
 */
export async function importPinSets(
  account: string,
  request: ImportRequest,
  dryRun: boolean,
  expected: string | undefined,
  actor: Actor,
  ports: PinSetPorts,
): Promise<Outcome<readonly ImportedSet[]>> {
  const { adminStore, pinSetStore, clock, readPins } = ports;
  const owner = await adminStore.account(account);
  if (owner === null) return unknownAccount(account);
  const now = clock();
  const read = importText(request, { by: actor.name, at: now }, readPins);
  if (!read.ok) return refuse('unprocessable', read.problem);
  const imported = read.value;
  const { of, text } = request;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { sets, revision } = await pinSetStore.pinSets(account);
    const before = sets.filter((set) => set.of === of);
    const refusal = importRefusal(of, imported, before, sets);
    if (refusal !== null) return refusal;
    if (expected !== undefined && storedImport(setsCalled(sets, of))?.text !== expected) return stale(of);
    if (dryRun || isSame(before, imported)) return done(dryRun ? imported : before);
    const names = imported.map(({ name }) => name);
    const remove = before.map(({ name }) => name).filter((name) => !names.includes(name));
    const change: ImportChange = { of, text, put: imported, remove };
    const entry = auditOf('pin_set_imported', `${account}/${of}`, describe(imported), actor, now);
    const saved = await save(account, revision, change, entry, owner.value, ports);
    if (saved !== null) return saved.ok ? done(imported) : saved;
  }
  return stale(of);
}

export async function removePinSets(
  account: string,
  name: string,
  expected: string | undefined,
  actor: Actor,
  ports: PinSetPorts,
): Promise<Outcome<null>> {
  const { adminStore, pinSetStore, clock } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { sets, revision } = await pinSetStore.pinSets(account);
    const found = setsCalled(sets, name);
    const [first] = found;
    if (first === undefined) return unknownPinSet(name);
    if (first.provisionedBy !== undefined) return provisionedRefusal(name, first.provisionedBy);
    if (expected !== undefined && storedImport(found)?.text !== expected) return stale(name);
    const remove = found.map((set) => set.name);
    const isLast = sets.every((set) => set.of !== first.of || remove.includes(set.name));
    // Its text stays for as long as another set of it does.
    const change: ImportChange = { of: first.of, ...(isLast ? { text: null } : {}), put: [], remove };
    const entry = auditOf('pin_set_removed', `${account}/${name}`, remove.join(', '), actor, clock());
    const saved = await save(account, revision, change, entry, {}, ports);
    if (saved !== null) return saved.ok ? done(null) : saved;
  }
  return stale(name);
}

export function unknownPinSet(name: string) {
  return refuse('not_found', `no pin set "${name}"`);
}

/** null: the sets have changed since they were read. */
async function save(
  account: string,
  revision: string,
  change: ImportChange,
  entry: AuditEntry,
  owner: Parameters<typeof limitsOf>[0],
  ports: PinSetPorts,
): Promise<Outcome<null> | null> {
  const saved = await ports.pinSetStore.savePinSets(account, revision, [change], [entry], limitsOf(owner));
  if (saved === 'conflict') return null;
  if (saved !== 'stored') return refuseBeyond(saved);
  await resolvePinSets(account, ports);
  return done(null);
}

function importRefusal(
  of: string,
  imported: readonly ImportedSet[],
  before: readonly ImportedSet[],
  all: readonly ImportedSet[],
) {
  const file = before.find(({ provisionedBy }) => provisionedBy !== undefined)?.provisionedBy;
  if (file !== undefined) return provisionedRefusal(of, file);
  const taken = imported.find(({ name }) => all.some((set) => set.name === name && set.of !== of));
  if (taken !== undefined) {
    const other = all.find((set) => set.name === taken.name);
    return refuse('exists', `a pin set "${taken.name}" already exists: it was imported as "${other?.of}"`);
  }
  const count = all.length - before.length + imported.length;
  return count > mostPinSets
    ? refuse(
        'unprocessable',
        `expected at most ${plural(mostPinSets, 'pin set')} in an account, found ${count}`,
      )
    : null;
}

/** An import that is repeated changes nothing: who made it, and when, stays. */
function isSame(before: readonly ImportedSet[], after: readonly ImportedSet[]): boolean {
  const content = (sets: readonly ImportedSet[]) =>
    JSON.stringify(sets.map(({ by: _by, at: _at, ...rest }) => rest));
  return content(before) === content(after);
}

function describe(sets: readonly ImportedSet[]): string {
  const [first] = sets;
  const { format, appVersion, note } = first ?? {};
  return [
    `${format}: ${sets.map(({ name, rules }) => `${name} (${plural(rules.length, 'rule')})`).join(', ')}`,
    ...(appVersion === undefined ? [] : [`app ${appVersion}`]),
    ...(note ? [`note: ${note}`] : []),
  ].join('; ');
}
