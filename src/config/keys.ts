import { settingFileKeys } from '../core/domain-settings.ts';
import { limitNames } from '../core/limits.ts';
import { notifyKeys } from '../core/settings.ts';

/** Every key that a configuration file may hold, by its section. */
export const keys = {
  root: [
    'interval',
    'stateDir',
    'publicUrl',
    'runbookUrl',
    'redis',
    'http',
    'mail',
    'network',
    'probe',
    'platforms',
    'notify',
    'publish',
    'log',
    'accounts',
  ],
  redis: ['url', 'urlFile', 'cluster'],
  http: [
    'listen',
    'tls',
    'metrics',
    'metricsDetail',
    'proxies',
    'basePath',
    'probesPerMinute',
    'changesPerMinute',
    'connections',
  ],
  httpTls: ['certFile', 'keyFile'],
  mail: ['smtp', 'smtpFile', 'from', 'caFile', 'name', 'tls'],
  network: ['allow'],
  probe: [
    'timeout',
    'dnsTimeout',
    'connectTimeout',
    'handshakeTimeout',
    'concurrency',
    'keyTypes',
    'addressesPerDomain',
    'resolvers',
    'resolverCaFile',
    'proxy',
    'proxyFile',
    'confirmAfter',
    'fastPath',
    'fullHandshakeEvery',
  ],
  notify: notifyKeys,
  publish: [
    'keyDir',
    'signer',
    'directory',
    'afterWrite',
    'urls',
    'roots',
    'renewEvery',
    'validFor',
    'fieldFor',
    'watchEvery',
  ],
  log: ['level'],
  account: [
    'contacts',
    'channels',
    'platforms',
    'domains',
    'domainsFile',
    'pinSets',
    'limits',
    'publicStatus',
  ],
  channel: ['name', 'type', 'url', 'urlFile', 'key', 'keyFile', 'minSeverity', 'quietHours'],
  quietHours: ['from', 'to', 'timeZone'],
  pinSet: ['name', 'format', 'file', 'appVersion', 'note', 'host', 'okhttp', 'receivedAt', 'publicKey'],
  limits: limitNames,
  deliver: ['mode', 'sub'],
  domain: ['host', 'port', 'pins', ...settingFileKeys],
} as const;

/** A file's top level without the keys that start with `x-`, which hold anchors for aliases elsewhere. */
export function withoutExtensions(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
}
