import { mostAddresses } from '../core/domain.ts';
import { defaultKeyTypes } from '../core/observation.ts';
import { defaultPlatforms } from '../core/platforms.ts';
import {
  defaultIntervalMs,
  intervalRange,
  type NotifySettings,
  notifyOf,
  type ProbeSettings,
} from '../core/settings.ts';
import { type FurtherFiles, noFiles, readAccounts } from './accounts.ts';
import { cidrExpected, parseCidr } from './cidr.ts';
import type { Config } from './config.ts';
import { readEgress } from './egress.ts';
import { readHttp } from './http.ts';
import { keys, withoutExtensions } from './keys.ts';
import { readMail } from './mail.ts';
import { type Outside, outsideOf } from './outside.ts';
import { readFastPath, readKeyTypes, readPlatforms } from './probing.ts';
import type { ConfigProblem } from './problem.ts';
import { readPublicUrl, readRunbookUrl } from './public-url.ts';
import { readPublish } from './publish.ts';
import { describe, isMap, kind, type Place, Reader } from './reader.ts';
import { readRedis } from './redis.ts';
import { readRegion } from './region.ts';
import { readStateDir } from './state-dir.ts';
import { atOnce, type Turns } from './turns.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const second = 1_000;
const minute = 60 * second;

/** A document as YAML gives it → the settings, or every problem in it. Leaves out the domains in files of their own. */
export function parseConfig(document: unknown, outside: Outside): ParsedConfig {
  return atOnce(parsingConfig(document, outside, noFiles()));
}

/** The same with pauses. The files of domains that remain to be read are added to `files`. */
export function* parsingConfig(
  document: unknown,
  outside: Outside,
  files: FurtherFiles,
): Turns<ParsedConfig> {
  const reader = new Reader(outside.environment);
  if (!isMap(document)) {
    reader.fail('', `expected a map with at least the key accounts, found ${kind(document)}`);
    return { ok: false, problems: reader.problems };
  }
  const root = reader.section({ path: '', raw: withoutExtensions(document) }, keys.root);
  const network = reader.section(root.network, keys.network);
  const log = reader.section(root.log, keys.log);
  const config: Config = {
    intervalMs: reader.duration(root.interval, intervalRange, defaultIntervalMs),
    region: readRegion(reader, root.region, outside),
    stateDir: readStateDir(reader, root.stateDir, outsideOf(outside, 'stateDir')),
    redis: readRedis(reader, root.redis, outsideOf(outside, 'redis')),
    http: readHttp(reader, root.http, outsideOf(outside, 'http')),
    publicUrl: readPublicUrl(reader, root.publicUrl),
    runbookUrl: readRunbookUrl(reader, root.runbookUrl),
    mail: readMail(reader, root.mail, outsideOf(outside, 'mail')),
    network: {
      allow: reader.distinct(reader.list(network.allow, 'address blocks', 1_000), (entry) =>
        reader.parse(entry, cidrExpected, parseCidr),
      ),
    },
    probe: readProbe(reader, root.probe, outsideOf(outside, 'probe')),
    platforms: readPlatforms(reader, root.platforms) ?? defaultPlatforms,
    notify: readNotify(reader, root.notify),
    publish: readPublish(reader, root.publish, outsideOf(outside, 'publish')),
    log: { level: reader.choice(log.level, ['debug', 'info', 'warn', 'error']) ?? 'info' },
    accounts: yield* readAccounts(reader, root.accounts, outside, files),
  };
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, config, warnings: reader.warnings };
}

function readProbe(reader: Reader, place: Place, outside: Outside): ProbeSettings {
  const probe = reader.section(place, keys.probe);
  const timeoutMs = reader.duration(probe.timeout, [100, 5 * minute], 10 * second);
  const part = (part: Place): number => {
    const value = reader.duration(part, [100, 5 * minute], timeoutMs);
    const most = probe.timeout.raw === undefined ? '10s' : describe(probe.timeout.raw);
    if (value > timeoutMs) reader.expected(part, `at most probe.timeout (${most})`);
    return value;
  };
  return {
    timeoutMs,
    dnsTimeoutMs: part(probe.dnsTimeout),
    connectTimeoutMs: part(probe.connectTimeout),
    handshakeTimeoutMs: part(probe.handshakeTimeout),
    concurrency: reader.integer(probe.concurrency, [1, 1_000], 50),
    keyTypes: readKeyTypes(reader, probe.keyTypes) ?? defaultKeyTypes,
    addressesPerDomain: reader.integer(probe.addressesPerDomain, [1, mostAddresses], 8),
    ...readEgress(reader, probe, outside),
    confirmAfterMs: reader.duration(probe.confirmAfter, [0, 5 * minute], 2 * second),
    fastPath: readFastPath(reader, probe.fastPath),
    fullHandshakeEvery: reader.integer(probe.fullHandshakeEvery, [1, 1_000], 96),
  };
}

function readNotify(reader: Reader, place: Place): NotifySettings {
  const notify = reader.section(place, keys.notify);
  return notifyOf(({ key, unit, range, standard }) =>
    unit === 'ms'
      ? reader.duration(notify[key], range, standard)
      : reader.integer(notify[key], range, standard),
  );
}
