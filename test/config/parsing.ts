import { domainToASCII } from 'node:url';
import { createRoot } from '../../lab/authority.ts';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import type { Config } from '../../src/config/config.ts';
import type { Outside } from '../../src/config/outside.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Domain } from '../../src/core/domain.ts';

export const pin = 'sha256/ExamplePinOfTheKeyInUseTakeYourOwnInstead00=';

/** Files next to the configuration. */
export const mailRoot = createRoot().pem;

const files = new Map([
  ['/srv/config/mail-root.pem', mailRoot],
  ['/srv/config/redis-url', 'rediss://:secret@redis.example.com:6380/1\n'],
  ['/run/secrets/smtp', '\tsmtps://u:p%40ss@mail.example.com\r\n'],
]);

export function outside(environment: Outside['environment'] = {}): Outside {
  return {
    file: 'config/pinwatch.yaml',
    workingDirectory: '/srv',
    environment,
    readFile: (path) => {
      const text = files.get(path);
      return text === undefined
        ? { ok: false, problem: 'no such file' }
        : { ok: true, value: new TextEncoder().encode(text) };
    },
    readAnchors,
    toAscii: domainToASCII,
  };
}

/** The settings of a document; without accounts unless it has some. */
export function configOf(document: object, environment?: Outside['environment']): Config {
  const result = parseConfig({ accounts: {}, ...document }, outside(environment));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

/** The one domain of a document. */
export function domainOf(domain: object, environment?: Outside['environment']): Domain | undefined {
  const accounts = { acme: { contacts: ['a@example.com'], domains: [domain] } };
  return configOf({ accounts }, environment).accounts[0]?.domains[0];
}
