/** Every key that a configuration file may hold, by the section it stands in. */
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
    'confirmAfter',
  ],
  notify: [
    'groupWait',
    'groupInterval',
    'remindEvery',
    'unreachableAfter',
    'expiringWithin',
    'backupPinEvery',
  ],
  log: ['level'],
  account: ['contacts', 'platforms', 'domains', 'domainsFile', 'limits'],
  limits: ['domains', 'pins', 'tokens', 'followers', 'storedBytes'],
  domain: ['host', 'port', 'pins', 'caFile', 'connect', 'keyTypes', 'alpn', 'platforms'],
} as const;

/** A file's top level without the keys that start with `x-`: a place for anchors, which other keys use by alias. */
export function withoutExtensions(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
}
