// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

/** One file for each rule, with all of its problems. */
const folder = resolve('test/config/invalid');
const environment = { SECRET: 'hunter2', TIMEOUT: '1s' };

const expected: Readonly<Record<string, readonly string[]>> = {
  'account-empty': ['accounts.acme.contacts: expected at least one mail address to notify'],
  'account-key': [
    'accounts.acme.contact: unknown key, did you mean contacts?',
    'accounts.acme.contacts: expected at least one mail address to notify',
  ],
  'account-name': [
    'accounts["Acme Inc"]: expected an account name of 1 to 63 lower-case letters, digits, dots, underscores and hyphens that starts with a letter or digit',
  ],
  'accounts-empty': [
    'accounts: expected a map of accounts by name, or {} if the file has none, found nothing',
  ],
  'accounts-list': ['accounts: expected a map of accounts by name, or {} if the file has none, found a list'],
  'accounts-missing': [
    'accounts: expected a map of accounts by name, or {} if the file has none, found nothing',
  ],
  'alias-bomb': ['expected at most 5000000 values with all aliases expanded, found more'],
  'alias-loop': ['line 1, column 22: an alias refers to an anchor that is not complete before it'],
  allow: [
    'network.allow[0]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "10.0.0.0/33"',
    'network.allow[1]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "10.0.0/8"',
    'network.allow[2]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "example.com"',
    'network.allow[3]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "fd00::/129"',
    'network.allow[5]: "10.0.0.1/32" is already listed, at network.allow[4]',
  ],
  alpn: [
    'accounts.acme.domains[0].alpn[1]: expected an ALPN protocol such as h2 or http/1.1 (1 to 255 ASCII characters, no spaces), found ""',
    'accounts.acme.domains[0].alpn[2]: expected an ALPN protocol such as h2 or http/1.1 (1 to 255 ASCII characters, no spaces), found "http 1"',
    'accounts.acme.domains[0].alpn[4]: "h2" is already listed, at accounts.acme.domains[0].alpn[0]',
    'accounts.acme.domains[1].alpn: expected a list of ALPN protocols, found "h2"',
  ],
  'allow-text': ['network.allow: expected a list of address blocks, found "10.0.0.0/8"'],
  'ca-missing': [
    `accounts.acme.domains[0].caFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
    `accounts.acme.domains[1].caFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
  ],
  'ca-no-root': [
    'accounts.acme.domains[0].caFile: "empty.yaml": expected PEM with at least one self-signed root certificate, found nothing',
  ],
  'ca-not-self-signed': [
    'accounts.acme.domains[0].caFile: "leaf.pem": expected PEM with at least one self-signed root certificate, found none: 1 certificate, not self-signed',
  ],
  connect: [
    'accounts.acme.domains[0].connect[0]: expected an IP address such as 192.0.2.10 or 2001:db8::10, found "api.example.com"',
    'accounts.acme.domains[0].connect[2]: expected an IP address such as 192.0.2.10 or 2001:db8::10, found "192.0.2.10:443"',
    'accounts.acme.domains[0].connect[4]: "2001:db8:0::1" is already listed, at accounts.acme.domains[0].connect[3]',
    'accounts.acme.domains[1].connect: expected at least one IP address; leave the key out to resolve the name',
  ],
  contacts: [
    'accounts.acme.contacts[0]: expected a mail address such as devops@example.com, found "a@example.com, b@example.com": write one address for each entry',
    'accounts.acme.contacts[1]: expected a mail address such as devops@example.com, found "a@example.com\\nBcc: b@example.com"',
    'accounts.acme.contacts[2]: expected a mail address such as devops@example.com, found "On Call <a@example.com>": write the address alone, without a name and <>',
    'accounts.acme.contacts[3]: expected a mail address such as devops@example.com, found 7',
    'accounts.acme.contacts[5]: "c@example.com" is already listed, at accounts.acme.contacts[4]',
  ],
  'contacts-empty': ['accounts.acme.contacts: expected at least one mail address to notify'],
  'contacts-text': ['accounts.acme.contacts: expected a list of mail addresses, found "devops@example.com"'],
  'domain-key-types': [
    'accounts.acme.domains[0].keyTypes: expected at least one of ecdsa, rsa, eddsa',
    'accounts.acme.domains[1].keyTypes: expected a list of key types, found "RSA"',
  ],
  'domain-text': [
    'accounts.acme.domains[0]: expected a map with the keys host, port, pins, connect, keyTypes, alpn, platforms, regions, caFile, deliver, channels, found "api.example.com"',
  ],
  'domain-twice': [
    'accounts.acme.domains[2]: "API.example.com." is already listed with the same port, at accounts.acme.domains[0]',
  ],
  'domains-map': ['accounts.acme.domains: expected a list of domains, found a map'],
  deliver: [
    'accounts.acme.domains[0].deliver: expected one of pins, observe, roots, off, with ,sub if it covers every name below the host, found "pin"',
    'accounts.acme.domains[1].deliver.mode: expected one of pins, observe, roots, off, found "on"',
    'accounts.acme.domains[1].deliver.sub: expected true or false, found "yes"',
    'accounts.acme.domains[2].deliver.subs: unknown key, did you mean sub?',
    'accounts.acme.domains[2].deliver.mode: expected one of pins, observe, roots, off, found nothing',
  ],
  'domains-file': [
    'network.allow[0]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "10.0.0.0/33"',
    'domains-file.jsonl:2.host: "https://api.example.com/v1" is not a host: did you mean api.example.com?',
    'domains-file.jsonl:3.pins[1]: expected sha256/ and 44 base64 characters, found "sha1/hunter3"',
    'domains-file.jsonl:5.hosts: unknown key, did you mean host?',
    'domains-file.jsonl:5.host: expected a host such as api.example.com, found nothing',
    'domains-file.jsonl:6: "API.example.com." is already listed with the same port, at domains-file.jsonl:1',
    'domains-file.jsonl:7: "b.example.com" is already listed with the same port, at accounts.acme.domains[0]',
    'domains-file.jsonl:8: column 25: duplicate key',
    'domains-file.jsonl:9: expected one JSON object such as {"host":"api.example.com"}, found no JSON',
    'domains-file.jsonl:10: expected a map with the keys host, port, pins, connect, keyTypes, alpn, platforms, regions, caFile, deliver, channels, found "api.example.com"',
    'domains-file.jsonl:11.host: expected a host such as api.example.com, found nothing',
    'domains-file.jsonl:12.host: expected a host such as api.example.com, found "https://${SECRET}/v1"',
    `domains-file.jsonl:13.caFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
    'domains-file.jsonl:14.port: expected a whole number from 1 to 65535, found 0',
    'domains-file.jsonl:15: expected UTF-8 text, found other bytes',
  ],
  'domains-file-named': [
    `accounts.a.domainsFile: cannot read "${folder}/missing.jsonl": no such file (ENOENT)`,
    'accounts.b.domainsFile: cannot read "${SECRET}": no such file (ENOENT)',
    'accounts.c.domainsFile: expected the path of a file, found 7',
    'accounts.d.domainsFile: expected the path of a file, found ""',
    `accounts.e.domainsFile: cannot read "${folder}": it is a folder (EISDIR)`,
    'accounts.f.domainsFile: the environment variable UNSET is not set',
  ],
  'duplicate-key': ['line 2, column 1: duplicate key'],
  empty: ['expected a map with at least the key accounts, found nothing'],
  environment: [
    'interval: expected a duration such as 500ms, 10s, 15m or 1h30m, found "${SECRET}"',
    'http.listen: expected host:port such as 127.0.0.1:9464, or :9464 for every address, found "127.0.0.1:${SECRET}"',
    'mail.from: expected a mail address such as devops@example.com, found "${SECRET}"',
    'network.allow[0]: expected an address block such as 10.0.0.0/8 or fd00::/8, or one IP address, found "${SECRET}"',
    'probe.concurrency: expected a whole number from 1 to 1000, found "${SECRET}"',
    'log.level: expected one of debug, info, warn, error, found "${SECRET}"',
    'accounts.acme.contacts[0]: expected a mail address such as devops@example.com, found "${SECRET}"',
    'accounts.acme.domains[0].port: expected a whole number from 1 to 65535, found "${SECRET}"',
    'accounts.acme.domains[0].host: expected a host such as api.example.com, found "https://${SECRET}/v1"',
    'accounts.acme.domains[0].pins[0]: expected sha256/ and 44 base64 characters, found "sha256/${SECRET}"',
    'accounts.acme.domains[0].connect[0]: expected an IP address such as 192.0.2.10 or 2001:db8::10, found "${SECRET}"',
    'accounts.acme.domains[0].keyTypes[0]: expected one of ecdsa, rsa, eddsa, found "${SECRET}"',
    'accounts.acme.domains[0].caFile: cannot read "${SECRET}": no such file (ENOENT)',
  ],
  'environment-name': [
    'interval: expected the name of an environment variable in the braces; write $${ for a literal ${',
    'stateDir: expected the name of an environment variable in the braces; write $${ for a literal ${',
  ],
  'environment-prototype': ['interval: the environment variable constructor is not set'],
  'environment-unset': ['interval: the environment variable NOT_SET is not set'],
  escape: ['line 1, column 25: an unknown YAML escape sequence'],
  from: [
    'mail.from: expected a mail address such as devops@example.com, found "Pinwatch <pinwatch@example.com>": write the address alone, without a name and <>',
  ],
  'host-missing': ['accounts.acme.domains[0].host: expected a host such as api.example.com, found nothing'],
  'host-numeric': [
    'accounts.acme.domains[0].host: expected a host such as api.example.com, found 10.1',
    'accounts.acme.domains[1].host: "10.1" is not a host: its last label is a number, but it is not an IPv4 address of four decimal numbers',
  ],
  'host-url': [
    'accounts.acme.domains[0].host: "https://api.example.com:8443/v1" is not a host: did you mean api.example.com:8443?',
  ],
  'host-wildcard': [
    'accounts.acme.domains[0].host: "*.example.com" is not a host: a wildcard has no address to probe: name each host',
  ],
  'interval-bare-number': [
    'interval: expected a duration such as 500ms, 10s, 15m or 1h30m, found "15": the unit is missing (ms, s, m, h or d)',
  ],
  'interval-null': ['interval: expected a duration such as 500ms, 10s, 15m or 1h30m, found nothing'],
  'interval-text-number': [
    'interval: expected a duration such as 500ms, 10s, 15m or 1h30m, found "15": the unit is missing (ms, s, m, h or d)',
  ],
  'interval-too-short': ['interval: expected a duration from 1s to 7d, found "999ms"'],
  'key-list': ['line 2, column 5: a key must not be a list or a map'],
  'key-twice-quoted': ['line 3, column 3: duplicate key'],
  'key-types': [
    'probe.keyTypes[1]: expected one of ecdsa, rsa, eddsa, found "dsa"',
    'probe.keyTypes[2]: "ecdsa" is already listed, at probe.keyTypes[0]',
  ],
  'key-types-empty': ['probe.keyTypes: expected at least one of ecdsa, rsa, eddsa'],
  'listen-ipv6-without-brackets': [
    'http.listen: expected host:port such as 127.0.0.1:9464, or :9464 for every address, found "::1:9464"',
  ],
  'listen-no-port': [
    'http.listen: expected host:port such as 127.0.0.1:9464, or :9464 for every address, found "127.0.0.1"',
  ],
  'listen-number': [
    'http.listen: expected host:port such as 127.0.0.1:9464, or :9464 for every address, found 9464',
  ],
  'listen-port': [
    'http.listen: expected host:port such as 127.0.0.1:9464, or :9464 for every address, found "127.0.0.1:65536"',
  ],
  'http-base-path': [
    'http.basePath: expected a path such as /pinwatch, found "https://example.com/pinwatch"',
  ],
  'http-base-path-own': [
    'http.basePath: expected a path other than /queues, which pinwatch serves itself, found "/queues/pinwatch"',
  ],
  'http-metrics': ['http.metrics: expected one of open, token, found "public"'],
  'http-probes': ['http.probesPerMinute: expected a whole number from 1 to 100000, found 0'],
  'http-tls-empty': [
    'http.tls.certFile: expected a PEM file with the certificate and its intermediates, found nothing',
    'http.tls.keyFile: expected a PEM file with the private key, without a password, found nothing',
  ],
  'http-tls-missing': [
    `http.tls.certFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
    `http.tls.keyFile: cannot read "${folder}": it is a folder (EISDIR)`,
  ],
  'http-tls-swapped': [
    'http.tls.certFile: expected a PEM file with the certificate and its intermediates, found none',
    'http.tls.keyFile: expected a PEM file with the private key, without a password, found none',
  ],
  'http-tls-text': ['http.tls: expected a map with the keys certFile, keyFile, found a boolean'],
  'log-level': ['log.level: expected one of debug, info, warn, error, found "verbose"'],
  'not-a-map': ['expected a map with at least the key accounts, found a list'],
  'not-utf8': ['expected UTF-8 text, found other bytes'],
  numbers: [
    'probe.concurrency: expected a whole number from 1 to 1000, found 0',
    'probe.addressesPerDomain: expected a whole number from 1 to 64, found 65',
    'notify.unreachableAfter: expected a whole number from 1 to 1000, found 1.5',
  ],
  'numbers-as-text': [
    'probe.concurrency: expected a whole number from 1 to 1000, found "50"',
    'probe.addressesPerDomain: expected a whole number from 1 to 64, found "many"',
    'notify.unreachableAfter: expected a whole number from 1 to 1000, found 0',
  ],
  'only-comments': ['expected a map with at least the key accounts, found nothing'],
  pins: [
    'accounts.acme.domains[0].pins[0]: expected sha256/ and 44 base64 characters, found "sha1/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="',
    'accounts.acme.domains[0].pins[1]: expected sha256/ and 44 base64 characters, found 12',
    'accounts.acme.domains[0].pins[2]: expected sha256/ and 44 base64 characters, found "sha256/tooShort": it has 8 characters; accepted are sha256/ and 44 base64 characters, these 44 alone, 64 hex digits, and pin-sha256="…"',
    'accounts.acme.domains[0].pins[4]: "pin-sha256=\\"ExamplePinOfTheKeyInUseTakeYourOwnInstead00=\\"" is already listed, at accounts.acme.domains[0].pins[3]',
  ],
  'pins-many': ['accounts.acme.domains[0].pins: expected at most 100 entries, found 101'],
  'pins-null': [
    'accounts.acme.domains[0].pins: expected a list of pins, found nothing: write [] or leave the key out',
  ],
  'pins-text': [
    'accounts.acme.domains[0].pins: expected a list of pins, found "sha256/ExamplePinOfTheKeyInUseTakeYourOwnInstead00="',
  ],
  port: [
    'accounts.acme.domains[0].port: expected a whole number from 1 to 65535, found 0',
    'accounts.acme.domains[1].port: expected a whole number from 1 to 65535, found "https"',
    'accounts.acme.domains[2].host: "c.example:70000": expected a port from 1 to 65535, found "70000"',
  ],
  platforms: [
    'platforms[1]: expected one of android, ios, found "windows"',
    'accounts.acme.platforms: expected a list of platforms, found "ios"',
    'accounts.acme.domains[0].platforms[1]: "ios" is already listed, at accounts.acme.domains[0].platforms[0]',
    'accounts.acme.domains[1].platforms: expected a list of platforms, found nothing: write [] or leave the key out',
  ],
  'port-twice': ['accounts.acme.domains[0].port: 443 contradicts the port in host, "api.example.com:8443"'],
  'publish-values': [
    'publish.keydir: unknown key, did you mean keyDir?',
    'publish.keyDir: expected the path of a folder, found 7',
  ],
  regions: [
    'region: expected 1 to 40 letters, digits, or "-", "_", "." or a space between them, found "eu:west"',
    'accounts.acme.domains[0].regions[1]: expected 1 to 40 letters, digits, or "-", "_", "." or a space between them, found "us/east"',
    'accounts.acme.domains[0].regions[2]: "eu-west" is already listed, at accounts.acme.domains[0].regions[0]',
    'accounts.acme.domains[1].regions: expected at least one region; leave the key out for all of them',
  ],
  'redis-both': ['redis.urlFile: redis.url is given as well: keep one of the two'],
  'redis-cluster': ['redis.cluster: expected true or false, found "yes"'],
  'redis-cluster-alone': ['redis.cluster: expected redis.url too, with a node of the cluster; found none'],
  'redis-cluster-database': [
    'redis.cluster: expected a redis:// or rediss:// URL without a database in redis.url, because a cluster has only one',
  ],
  'redis-cluster-socket': [
    'redis.cluster: expected a redis:// or rediss:// URL without a database in redis.url, because a cluster has only one',
  ],
  'redis-expanded': [
    'redis.url: expected a redis://, rediss:// or unix:// URL: the value is not a URL; characters such as @ : / ? # % in a user name or password must be percent-encoded (not shown, it may hold a password)',
  ],
  'redis-file-empty': [
    'redis.urlFile: expected a redis://, rediss:// or unix:// URL: the value is empty (not shown, it may hold a password)',
  ],
  'redis-file-folder': [`redis.urlFile: cannot read "${folder}": it is a folder (EISDIR)`],
  'redis-file-missing': [`redis.urlFile: cannot read "${folder}/missing.txt": no such file (ENOENT)`],
  'redis-file-wrong': [
    'redis.urlFile: expected a redis://, rediss:// or unix:// URL: the value has another scheme (not shown, it may hold a password)',
  ],
  'redis-no-host': [
    'redis.url: expected a redis://, rediss:// or unix:// URL: the value names no host (not shown, it may hold a password)',
  ],
  'redis-number': ['redis.url: expected a redis://, rediss:// or unix:// URL as a string'],
  'redis-password': [
    'redis.url: expected a redis://, rediss:// or unix:// URL: the value has a path that is not a database number; characters such as @ : / ? # % in a user name or password must be percent-encoded (not shown, it may hold a password)',
  ],
  'redis-scheme': [
    'redis.url: expected a redis://, rediss:// or unix:// URL: the value has another scheme (not shown, it may hold a password)',
  ],
  'redis-sentinels': [
    'redis.urlFile: redis.sentinels is given as well: keep one of the two',
    'redis.cluster: redis.sentinels is given as well, and a Redis Cluster has none',
    "redis.name: expected the master's name as the sentinels have it, such as mymaster, found nothing",
    'redis.sentinels[1]: "10.0.0.1:0": expected a port from 1 to 65535, found "0"',
    'redis.sentinels[2]: expected a sentinel as host:port, or a host if the port is 26379, found a URL or a user (not shown, it may hold a password)',
    'redis.sentinels[3]: "10.0.0.1" is already listed, at redis.sentinels[0]',
    'redis.sentinels[4]: expected a sentinel as host:port, or a host if the port is 26379, found 26379',
    'redis.user: expected redis.password or redis.passwordFile too, found neither',
    'redis.database: expected a whole number from 0 to 99999, found "all"',
    'redis.sentinelPasswordFile: redis.sentinelPassword is given as well: keep one of the two',
  ],
  'redis-sentinels-none': [
    'redis.tls: expected a map, or {} for TLS with the default trust store, found nothing',
    'redis.sentinels: expected at least one sentinel, found none',
    'redis.name: expected the master\'s name as the sentinels have it, such as mymaster, found "my master"',
    'redis.user: expected a user name without white space, found "a b"',
    'redis.password: expected a password without control characters as a string',
    'redis.sentinelPassword: expected a password without control characters (not shown)',
    'redis.sentinelTls: expected a map with the keys caFile, certFile, keyFile, serverName, found a boolean',
  ],
  'redis-sentinels-text': [
    'redis.sentinels: expected a list of sentinels, found "10.0.0.1:26379"',
    `redis.passwordFile: cannot read "${folder}/missing.txt": no such file (ENOENT)`,
  ],
  'redis-tls': [
    'redis.tls.verify: unknown key, expected one of caFile, certFile, keyFile, serverName',
    `redis.tls.caFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
    'redis.tls.keyFile: expected a PEM file with the private key, without a password, found nothing',
    'redis.tls.serverName: expected a host name such as redis.example.com, found "10.0.0.1"',
  ],
  'redis-tls-alone': [
    'redis.tls.serverName: expected a host name such as redis.example.com, found "redis.example.com:6379": expected letters, digits, hyphens and dots',
    'redis.tls: expected redis.url or redis.sentinels too, found neither',
  ],
  'redis-tls-text': [
    'redis.tls: expected a map with the keys caFile, certFile, keyFile, serverName, found a boolean',
  ],
  'redis-url-login': [
    'redis.name: expected redis.sentinels too, found none',
    'redis.sentinelTls: expected redis.sentinels too, found none',
    'redis.user: this key is for redis.sentinels only: with redis.url, put it into the URL',
    'redis.password: this key is for redis.sentinels only: with redis.url, put it into the URL',
    'redis.tls: expected a rediss:// URL in redis.url, found one without TLS',
  ],
  'redis-unset': ['redis.url: the environment variable NOT_SET is not set'],
  'secret-file-url': [
    'redis.urlFile: expected the path of a file, found a URL (not shown, it may hold a password)',
    'mail.smtpFile: expected the path of a file, found a URL (not shown, it may hold a password)',
  ],
  'section-text': [
    'log: expected a map with the keys level, found a list',
    'redis: expected a map with the keys url, urlFile, cluster, tls, sentinels, name, user, password, passwordFile, database, sentinelUser, sentinelPassword, sentinelPasswordFile, sentinelTls, found a string',
    'mail: expected a map with the keys smtp, smtpFile, from, caFile, name, tls, found a string',
  ],
  several: [
    'interval: expected a duration such as 500ms, 10s, 15m or 1h30m, found "1": the unit is missing (ms, s, m, h or d)',
    'log.level: expected one of debug, info, warn, error, found "loud"',
    'accounts.acme.domains[0].host: "a b" is not a host: expected letters, digits, hyphens and dots',
    'accounts.acme.domains[0].pins[0]: expected sha256/ and 44 base64 characters, found "x"',
  ],
  'mail-name': [
    `mail.caFile: cannot read "${folder}/missing.pem": no such file (ENOENT)`,
    'mail.name: expected a host name such as pinwatch.example.com, or an address such as [192.0.2.1], found "192.0.2.1]": expected letters, digits, hyphens and dots',
    'mail.tls: expected one of required, opportunistic, found "yes"',
  ],
  publish: [
    'publish.afterWrite: expected a list of words, such as [/usr/local/bin/purge, --all], found "purge --all": no shell splits it',
    'publish.urls[0]: expected a URL under which apps find /c/CHANNEL, such as https://pins.example.com, found "pins.example.com"',
    'publish.urls[2]: "https://pins.example.com/" is already listed, at publish.urls[1]',
    'publish.signer: publish.keyDir is given as well: keep one of the two',
    'publish.renewEvery: expected a validFor of at least twice renewEvery, so that a renewal can fail once, found "8d"',
  ],
  'publish-empty': [
    'publish.keyDir: expected the path of a folder, found ""',
    'publish.signer: expected a list of words, such as [/usr/local/bin/purge, --all], found no program',
    'publish.afterWrite: expected a list of words, such as [/usr/local/bin/purge, --all], found no program',
  ],
  'public-url': [
    'publicUrl: expected the URL where people reach pinwatch, such as https://pinwatch.example.com, found "pinwatch.example.com"',
    'runbookUrl: expected the URL of the runbook, such as https://wiki.example.com/pinwatch/runbook, found "https://wiki.example.com/runbook#top": leave out what follows the #',
  ],
  'public-url-password': [
    'publicUrl: expected the URL where people reach pinwatch, such as https://pinwatch.example.com, without a user and password (not shown)',
    'runbookUrl: expected the URL of the runbook, such as https://wiki.example.com/pinwatch/runbook, found "ftp://wiki.example.com/": its scheme is not http or https',
  ],
  'smtp-both': ['mail.smtpFile: mail.smtp is given as well: keep one of the two'],
  'smtp-fragment': [
    'mail.smtp: expected an smtp:// or smtps:// URL: the value has a query or fragment, which is not used; characters such as @ : / ? # % in a user name or password must be percent-encoded (not shown, it may hold a password)',
  ],
  'smtp-password': [
    'mail.smtp: expected an smtp:// or smtps:// URL: the value is not a URL; characters such as @ : / ? # % in a user name or password must be percent-encoded (not shown, it may hold a password)',
  ],
  'smtp-percent': [
    'mail.smtp: expected an smtp:// or smtps:// URL: characters such as @ : / ? # % in a user name or password must be percent-encoded (not shown, it may hold a password)',
  ],
  'smtp-scheme': [
    'mail.smtp: expected an smtp:// or smtps:// URL: the value has another scheme (not shown, it may hold a password)',
  ],
  'smtp-without-from': [
    'mail.from: expected a mail address such as devops@example.com to send from, found nothing',
  ],
  'state-dir': ['stateDir: expected the path of a folder, found ""'],
  syntax: [
    'line 4, column 1: Missing closing "quote',
    'line 4, column 1: Flow map in block collection must be sufficiently indented and end with a }',
  ],
  'tab-indent': ['line 2, column 1: Tabs are not allowed as indentation'],
  'timeout-parts': [
    'probe.dnsTimeout: expected at most probe.timeout ("5s"), found "5001ms"',
    'probe.connectTimeout: expected at most probe.timeout ("5s"), found "6s"',
    'probe.handshakeTimeout: expected at most probe.timeout ("5s"), found "1m"',
  ],
  'timeout-parts-environment': [
    'probe.dnsTimeout: expected at most probe.timeout ("${TIMEOUT}"), found "2s"',
  ],
  'timeout-range': [
    'probe.timeout: expected a duration from 100ms to 5m, found "99ms"',
    'notify.groupWait: expected a duration from 0s to 1h, found "61m"',
  ],
  'two-documents': ['line 2, column 1: a second document starts'],
  'undefined-alias': ['line 1, column 15: an alias refers to an anchor that is not complete before it'],
  'unknown-domain-key': ['accounts.acme.domains[0].pin: unknown key, did you mean pins?'],
  'unknown-key': [
    'intervall: unknown key, did you mean interval?',
    'probe.timeOut: unknown key, did you mean timeout?',
    'probe.colour: unknown key, expected one of timeout, dnsTimeout, connectTimeout, handshakeTimeout, concurrency, keyTypes, addressesPerDomain, resolvers, resolverCaFile, proxy, proxyFile, confirmAfter, fastPath, fullHandshakeEvery',
  ],
  'unknown-tag': ['line 1, column 15: Unresolved tag'],
};

async function problemsOf(name: string): Promise<string[]> {
  const loaded = await loadConfig({ path: `test/config/invalid/${name}.yaml`, readAnchors, environment });
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

describe('a wrong file is refused with every problem', () => {
  test.each(Object.entries(expected))('%s', async (name, problems) => {
    expect(await problemsOf(name)).toEqual(problems);
  });
});

test('every file is in the table', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(files.map((name) => name.slice(0, -'.yaml'.length)).sort()).toEqual(Object.keys(expected).sort());
});

test('no problem shows the password that is in the files and the environment', async () => {
  const problems = (await Promise.all(Object.keys(expected).map(problemsOf))).flat();
  expect(problems.length).toBeGreaterThan(100);
  expect(problems.filter((problem) => problem.includes('hunter2'))).toEqual([]);
});
