/** An account's pins in a format that apps ship. */
import type { Domain } from '../../core/domain.ts';
import { addressBytes } from '../../core/ip.ts';
import { ownRules } from '../../core/own-rules.ts';
import type { Pin } from '../../core/pin.ts';
import type { PinFormat } from '../../core/pin-format.ts';
import { mostRules } from '../../core/pin-set.ts';
import { rotationTo } from '../../core/rotation.ts';
import { type SeenKeys, seenKeys } from '../../core/seen-key.ts';
import { parseTarget } from '../../core/target.ts';
import type { PinWriter, WriteChoices } from '../write-pins.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, refuse, unknownAccount, unknownDomain } from './outcome.ts';

export interface ExportPorts {
  readonly adminStore: Pick<AdminStore, 'account' | 'domain' | 'domainNames' | 'record'>;
  readonly pinWriter: PinWriter;
}

export interface PinExport {
  readonly text: string;
  readonly notes: readonly string[];
}

export interface ExportRequest extends WriteChoices {
  readonly format: PinFormat;
  /** Only the host of this domain, on all its ports. */
  readonly domain?: string | undefined;
  /** A key that the server will present later: its pin is added. */
  readonly forRotation?: Pin | undefined;
}

/** What is read of the store at once. */
const width = 50;
/** Of thousands of hosts with the same fault, as many sentences are enough. */
const mostTold = 20;

export async function exportPins(
  account: string,
  { format, domain, forRotation, ...choices }: ExportRequest,
  { adminStore, pinWriter }: ExportPorts,
): Promise<Outcome<PinExport>> {
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const names = await chosenNames(account, domain, adminStore);
  if (names.length === 0) return domain === undefined ? nothingPinned(account) : unknownDomain(domain);
  if (names.length > mostRules) {
    return refuse(
      'unprocessable',
      `expected at most ${mostRules} domains, found ${names.length}: choose one`,
    );
  }
  const domains = await eachOf(names, async (name) => {
    const stored = await adminStore.domain({ account, domain: name });
    return stored === null ? [] : [{ name, value: stored.value }];
  });
  const pinned = domains.filter(({ value }) => value.pins.length > 0);
  const address = pinned.find(({ value }) => addressBytes(value.host) !== null);
  if (address !== undefined) {
    return refuse(
      'unprocessable',
      `"${address.name}" is an IP address, but apps pin names: choose another domain`,
    );
  }
  const [first] = pinned;
  if (first === undefined) return nothingPinned(domain ?? account);
  const isOne = pinned.every(({ value }) => value.host === first.value.host);
  if (forRotation !== undefined && !isOne) {
    return refuse('unprocessable', 'a rotation is of one host: choose its domain');
  }
  const needsSeen = forRotation !== undefined || pinWriter.needsSeen(format);
  const seen: SeenKeys = needsSeen ? seenKeys(await lastChecks(account, pinned, adminStore)) : new Map();
  const hosts = pinned.map(({ value: { host, pins } }) => ({ host, pins }));
  const rotation =
    forRotation === undefined
      ? null
      : rotationTo(forRotation, first.value.host, [...new Set(hosts.flatMap(({ pins }) => pins))], seen);
  const rules = ownRules(rotation === null ? hosts : [{ host: first.value.host, pins: rotation.pins }]);
  const written = pinWriter.write(format, rules, { ...choices, seen });
  if (!written.ok) return refuse('unprocessable', shortened(written.problems).join('; '));
  const left = domains.filter(({ value }) => value.pins.length === 0).map(({ name }) => name);
  const notes = [
    ...(rotation?.notes ?? []),
    ...(left.length > 0 ? [`Not pinned, so left out: ${shortened(left).join(', ')}.`] : []),
    ...pinned.flatMap(ownRootsNote),
    ...written.notes,
  ];
  return done({ text: written.text, notes: shortened(notes) });
}

function nothingPinned(what: string) {
  return refuse('unprocessable', `nothing is pinned in "${what}"`);
}

/** A client compares pins by host, whatever the port. */
async function chosenNames(
  account: string,
  domain: string | undefined,
  adminStore: ExportPorts['adminStore'],
): Promise<readonly string[]> {
  const all = await adminStore.domainNames(account, null);
  if (domain === undefined) return all;
  const host = hostOf(domain);
  return all.filter((name) => hostOf(name) === host);
}

/** Of a name that the store gave, or that was read as one: it is in ASCII by now. */
function hostOf(name: string): string {
  const target = parseTarget(name, (ascii) => ascii);
  return target.ok ? target.value.host : name;
}

async function lastChecks(
  account: string,
  domains: readonly { readonly name: string }[],
  adminStore: ExportPorts['adminStore'],
) {
  return eachOf(
    domains.map(({ name }) => name),
    async (name) => {
      const check = (await adminStore.record({ account, domain: name }))?.lastCheck ?? null;
      return check === null ? [] : [check];
    },
  );
}

async function eachOf<T>(names: readonly string[], read: (name: string) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let at = 0; at < names.length; at += width) {
    all.push(...(await Promise.all(names.slice(at, at + width).map(read))).flat());
  }
  return all;
}

function ownRootsNote({ name, value }: { readonly name: string; readonly value: Domain }): string[] {
  return value.ca === undefined ? [] : [`${name} has roots of its own: the app has to trust them, too.`];
}

function shortened(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - mostTold;
  return more > 0 ? [...sentences.slice(0, mostTold), `and ${more} more`] : sentences;
}
