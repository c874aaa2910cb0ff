import { accountNameExpected, parseAccountName } from '../core/account-name.ts';
import type { AppliedAccount } from '../core/channel-change.ts';
import { chosenChannelsProblem } from '../core/chosen-channels.ts';
import { mailAddressExpected, mostContacts, parseMailAddress } from '../core/contact.ts';
import type { ProvisionedAccount } from '../core/domain.ts';
import { type Domain, domainName } from '../core/domain.ts';
import type { ProvisionedImport } from '../core/imported-set.ts';
import { defaultLimits, type Limits, limitNames, limitRanges } from '../core/limits.ts';
import { mostPins, type Pin, parsePin, pinExpected } from '../core/pin.ts';
import { mostFileRoots, othersWarning, rootBundle, rootCount } from '../core/root-bundle.ts';
import { parseTarget } from '../core/target.ts';
import { keys } from './keys.ts';
import { readGivenChannels, readNotifyChannels } from './notify-channels.ts';
import { type Outside, outsideOf } from './outside.ts';
import { type PinSetFile, pinSetPlaces } from './pin-set-files.ts';
import { type ReadCa, readPlatforms, readSettings } from './probing.ts';
import { describe, isMap, join, type Place, type Reader } from './reader.ts';
import { readNamedFile } from './secret-url.ts';
import type { Turns } from './turns.ts';

/** Of one account in a file. */
export const mostDomains = 1_000_000;

/** They take a millisecond or two. */
const domainsPerTurn = 100;

/** A file with more of an account's domains, which remains to be read. */
export interface DomainsFile {
  readonly account: string;
  /** The key that names it. */
  readonly place: Place;
  readonly list: DomainList;
  /** Of the file that names it. */
  readonly outside: Outside;
}

/** What of an account is in files of its own, which remain to be read. */
export interface FurtherFiles {
  readonly domains: DomainsFile[];
  readonly pinSets: PinSetFile[];
}

export function noFiles(): FurtherFiles {
  return { domains: [], pinSets: [] };
}

/**
 * Returns the accounts with the domains in the document. The files that hold further domains and pin sets are added to
 * `files`.
 */
export function readAccounts(
  reader: Reader,
  place: Place,
  whole: Outside,
  files: FurtherFiles,
): Turns<ProvisionedAccount[]> {
  return readAccountsWith(reader, place, whole, files, readNotifyChannels, false);
}

/** The same for accounts that are applied: what is left out of their channels stays as it is. */
export function readAppliedAccounts(
  reader: Reader,
  place: Place,
  whole: Outside,
  files: FurtherFiles,
): Turns<AppliedAccount[]> {
  return readAccountsWith(reader, place, whole, files, readGivenChannels, true);
}

type ReadChannels<C> = (reader: Reader, place: Place, outside: Outside) => readonly C[] | undefined;

function* readAccountsWith<C>(
  reader: Reader,
  place: Place,
  whole: Outside,
  files: FurtherFiles,
  channelsOf: ReadChannels<C>,
  areKept: boolean,
): Turns<(Omit<ProvisionedAccount, 'channels'> & { readonly channels?: readonly C[] })[]> {
  if (!isMap(place.raw)) {
    reader.expected(place, 'a map of accounts by name, or {} if the file has none');
    return [];
  }
  const accounts: (Omit<ProvisionedAccount, 'channels'> & { readonly channels?: readonly C[] })[] = [];
  const caReaders = new Map<string, ReadCa>();
  for (const [key, raw] of Object.entries(place.raw)) {
    const name = parseAccountName(key);
    const outside = outsideOf(whole, 'accounts', key);
    const readCa = caReaders.get(outside.file) ?? caReader(reader, outside);
    caReaders.set(outside.file, readCa);
    const path = join(place.path, key);
    if (!name.ok) reader.fail(path, `expected ${accountNameExpected}`);
    const account = reader.section({ path, raw }, keys.account);
    const contacts = readContacts(reader, account.contacts, outside);
    const channels = channelsOf(reader, account.channels, outside);
    // Of channels that stay as they are, the server knows the names.
    const chosen = areKept && account.channels.raw === undefined ? null : channelNames(account.channels);
    const platforms = readPlatforms(reader, account.platforms);
    const list = yield* readDomains(reader, account.domains, chosen, readCa, outside);
    if (account.domainsFile.raw !== undefined)
      files.domains.push({ account: key, place: account.domainsFile, list, outside });
    const imports: ProvisionedImport[] = [];
    for (const place of pinSetPlaces(reader, account.pinSets))
      files.pinSets.push({ account: key, place, imports, outside });
    accounts.push({
      name: key,
      contacts,
      ...(channels === undefined ? {} : { channels }),
      ...(platforms === undefined ? {} : { platforms }),
      domains: list.domains,
      ...(account.pinSets.raw === undefined ? {} : { pinSets: imports }),
      ...readLimits(reader, account.limits),
      ...(reader.flag(account.publicStatus, false) ? { publicStatus: true } : {}),
      provisionedBy: outside.file,
    });
  }
  return accounts;
}

/** Only what is set: what is left out keeps the default, even if a later version changes it. */
function readLimits(reader: Reader, place: Place): { readonly limits?: Partial<Limits> } {
  if (place.raw === undefined) return {};
  const limits = reader.section(place, keys.limits);
  const given = limitNames
    .filter((name) => limits[name].raw !== undefined)
    .map((name) => [name, reader.integer(limits[name], limitRanges[name], defaultLimits[name])] as const);
  return given.length === 0 ? {} : { limits: Object.fromEntries(given) };
}

function readContacts(reader: Reader, place: Place, { toAscii }: Outside): string[] {
  const places = reader.list(place, 'mail addresses', mostContacts);
  if (place.raw === undefined || (Array.isArray(place.raw) && place.raw.length === 0)) {
    reader.fail(place.path, 'expected at least one mail address to notify');
  }
  return reader.distinct(places, (entry) =>
    reader.parse(entry, mailAddressExpected, (text) => parseMailAddress(text, toAscii)),
  );
}

/** As they are written: a channel with a problem is no problem of the domains that name it, too. */
function channelNames({ raw }: Place): string[] {
  return (Array.isArray(raw) ? raw : []).flatMap((one) =>
    isMap(one) && typeof one.name === 'string' ? [one.name] : [],
  );
}

/** An account's domains, each once. */
export interface DomainList {
  readonly domains: readonly Domain[];
  /** Reports a problem if it is already listed, or its notices would go to a channel that does not exist. */
  add(reader: Reader, place: Place, domain: Domain): void;
}

/** `channels`: the names that the account has; null: unknown here. */
function createDomainList(channels: readonly string[] | null): DomainList {
  const domains: Domain[] = [];
  const seen = new Map<string, string>();
  return {
    domains,
    add(reader, place, domain) {
      const name = domainName(domain);
      const first = seen.get(name);
      if (first === undefined) seen.set(name, place.path);
      else reader.fail(place.path, `${hostOf(place)} is already listed with the same port, at ${first}`);
      const problem = channels === null ? null : chosenChannelsProblem(domain.channels ?? [], channels);
      if (problem !== null) reader.fail(join(place.path, 'channels'), problem);
      domains.push(domain);
    },
  };
}

function* readDomains(
  reader: Reader,
  places: Place,
  channels: readonly string[] | null,
  readCa: ReadCa,
  outside: Outside,
): Turns<DomainList> {
  const list = createDomainList(channels);
  for (const [index, place] of reader.list(places, 'domains', mostDomains).entries()) {
    const domain = readDomain(reader, place, readCa, outside);
    if (domain !== undefined) list.add(reader, place, domain);
    if (index % domainsPerTurn === 0) yield;
  }
  return list;
}

/** The host as it is written in the file. */
function hostOf({ raw }: Place): string {
  return isMap(raw) ? describe(raw.host) : 'the host';
}

export function readDomain(
  reader: Reader,
  place: Place,
  readCa: ReadCa,
  outside: Pick<Outside, 'file' | 'toAscii'>,
): Domain | undefined {
  if (!isMap(place.raw)) return reader.expected(place, `a map with the keys ${keys.domain.join(', ')}`);
  const { host, port: portPlace, pins: pinList, ...places } = reader.section(place, keys.domain);

  // Read everything before giving up, so that all problems are found.
  const port = reader.integer(portPlace, [1, 65_535], 0);
  const target = reader.parse(host, hostExpected, (text) =>
    parseTarget(text, outside.toAscii, port === 0 ? 443 : port),
  );
  const pins = reader.distinct<Pin>(reader.list(pinList, 'pins', mostPins), (entry) =>
    reader.parse(entry, pinExpected, parsePin),
  );
  const settings = readSettings(reader, places, readCa);

  if (host.raw === undefined) reader.expected(host, hostExpected);
  if (target === undefined) return undefined;
  if (port !== 0 && port !== target.port) {
    reader.fail(
      portPlace.path,
      `${describe(portPlace.raw)} contradicts the port in host, ${describe(host.raw)}`,
    );
  }
  if (pinList.raw === undefined || (Array.isArray(pinList.raw) && pinList.raw.length === 0)) {
    reader.warn(place.path, `${describe(host.raw)} has no pins: only its trust and expiry are watched`);
  }
  return {
    ...target,
    pins,
    ...settings,
    provisionedBy: outside.file,
  };
}

const hostExpected = 'a host such as api.example.com';

/** Reads each file of roots once, however many domains name it. */
export function caReader(reader: Reader, outside: Outside): ReadCa {
  const known = new Map<unknown, string>();
  return (place) => {
    if (place.raw === undefined) return undefined;
    const read = known.get(place.raw);
    if (read !== undefined) return read;
    const file = readNamedFile(reader, place, outside);
    if (file === undefined) return undefined;
    const text = new TextDecoder().decode(file);
    const shown = describe(place.raw);
    const count = rootCount(text);
    if (count > mostFileRoots) {
      return reader.fail(
        place.path,
        `expected at most ${mostFileRoots} certificates, found ${count} in ${shown}`,
      );
    }
    const found = outside.readAnchors(text);
    if ('problem' in found) return reader.fail(place.path, `${shown}: ${found.problem}`);
    if (found.others > 0) {
      // An intermediate that the apps don't have would hide a server that forgot to send it.
      reader.warn(place.path, `${shown}: ${othersWarning(found.others)}`);
    }
    // Only if it worked: a bad file is a problem at each place that names it.
    const pem = rootBundle(text);
    known.set(place.raw, pem);
    return pem;
  };
}
