/** Every key that a configuration file may hold, by the section it stands in. */
export const keys = {
  root: ['interval', 'stateDir', 'redis', 'http', 'mail', 'network', 'probe', 'notify', 'log', 'accounts'],
  redis: ['url', 'urlFile'],
  http: ['listen'],
  mail: ['smtp', 'smtpFile', 'from'],
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
  account: ['contacts', 'domains'],
  domain: ['host', 'port', 'pins', 'caFile', 'connect', 'keyTypes'],
} as const;
