/** The surroundings for a test of the whole service: an authority, TLS servers, a mail server, a configuration file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { type Authority, createRoot, type Issued } from '../../lab/authority.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import type { BlindTransition } from '../../src/core/blind-incident.ts';
import type { Transition } from '../../src/core/incident.ts';
import { type Ended, openCommandLine } from '../support/command-line.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis.ts';
import { type Service, type ServiceOptions, startService } from '../support/service.ts';
import { type Received, type SmtpServer, startSmtp } from '../support/smtp.ts';

export interface Api {
  readonly host: string;
  /** As the service calls it. */
  readonly name: string;
  readonly server: TlsServer;
  /** With the pinned key. */
  readonly chain: readonly Issued[];
  /** With an unpinned key. */
  readonly strange: readonly Issued[];
  readonly pins: readonly string[];
}

/** An entry under `domains`, as the file has it. */
export type DomainEntry = Readonly<Record<string, unknown>>;

export interface Stage {
  readonly directory: string;
  readonly redis: RedisServer;
  readonly smtp: SmtpServer;
  readonly issuing: Authority;
  chainFor(host: string): readonly Issued[];
  api(host: string, listenOn?: string, port?: number): Promise<Api>;
  /** Writes the file; `more` overrides whole sections. */
  configure(domains: readonly DomainEntry[], more?: Readonly<Record<string, unknown>>): Promise<string>;
  start(options: ServiceOptions): Service;
  /** `pinwatch …` in the directory, which is its home folder too; its environment has only `env`. */
  command(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Ended>;
  /** The next mail; rejects if a service ends meanwhile. */
  mail(): Promise<Received>;
  /** Stops everything that was started, each with status 0, and fails if anything is left. */
  close(): Promise<void>;
}

/** What bin/pinwatch.js runs; starting a service has brought it up to date. */
export const program = resolve('dist/src/main.js');

export async function setStage(redisOptions: RedisOptions = {}): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-service-'));
  const authority = createRoot({ commonName: 'Stage Root' });
  const issuing = authority.intermediate({ commonName: 'Stage Intermediate' });
  await writeFile(join(directory, 'root.pem'), authority.pem);
  const [redis, smtp] = await Promise.all([startRedis(redisOptions), startSmtp()]);
  const servers: TlsServer[] = [];
  const services: Service[] = [];
  const commandLine = openCommandLine(program, directory);
  const chainFor = (host: string) => [issuing.leaf({ commonName: host, names: [host] }), issuing.issued];
  let files = 0;

  return {
    directory,
    redis,
    smtp,
    issuing,
    chainFor,
    async api(host, listenOn = '127.0.0.1', port = 0) {
      const chain = chainFor(host);
      const backup = issuing.leaf({ names: [host] });
      const server = await startTlsServer({ chains: [chain], host: listenOn, port });
      servers.push(server);
      const pins = [chain[0]?.pin ?? '', backup.pin];
      return { host, name: `${host}:${server.port}`, server, chain, strange: chainFor(host), pins };
    },
    async configure(domains, more = {}) {
      files += 1;
      const file = join(directory, `pinwatch-${files}.yaml`);
      // JSON is YAML.
      const content = {
        interval: '1s',
        stateDir: join(directory, 'state'),
        redis: { url: redis.url },
        http: { listen: '127.0.0.1:0' },
        mail: { smtp: smtp.url, from: 'pinwatch@example.com' },
        network: { allow: ['127.0.0.0/8'] },
        probe: { timeout: '5s', confirmAfter: '50ms' },
        notify: { groupWait: '200ms', groupInterval: '200ms' },
        // Every probe is logged.
        log: { level: 'debug' },
        accounts: { acme: { contacts: ['devops@example.com'], domains } },
        ...more,
      };
      await writeFile(file, JSON.stringify(content));
      return file;
    },
    start(options) {
      const service = startService(options);
      services.push(service);
      return service;
    },
    command: (args, env) => commandLine.run(args, { PATH: process.env.PATH, HOME: directory, ...env }),
    async mail() {
      const ends = services.map(async (service) => {
        await service.exited;
        // A service that was stopped on purpose must not disturb another's mail.
        if (service.process.signalCode !== null || service.process.exitCode === 0)
          return new Promise<never>(() => {});
        throw new Error(`a service ended before the mail came: ${service.errors.join('\n')}`);
      });
      const [mail] = await Promise.race([smtp.next(), ...ends]);
      if (mail === undefined) throw new Error('unreachable: next() gives as many as asked for');
      return mail;
    },
    async close() {
      const statuses = await Promise.all(
        services.map(async (service) => {
          const hadEnded = service.process.exitCode !== null || service.process.signalCode !== null;
          return hadEnded ? 0 : service.stop();
        }),
      );
      await Promise.all([
        commandLine.close(),
        redis.close(),
        smtp.close(),
        ...servers.map((server) => server.close()),
      ]);
      const left = await Promise.all(services.map((service) => service.leftovers(directory)));
      await rm(directory, { recursive: true });
      expect(statuses.filter((status) => status !== 0)).toEqual([]);
      expect(left.flat()).toEqual([]);
    },
  };
}

/** The file's entry for an API that is served on loopback. */
export function entryOf({ name, pins }: Pick<Api, 'name' | 'pins'>, more: DomainEntry = {}): DomainEntry {
  return { host: name, pins, connect: ['127.0.0.1'], caFile: 'root.pem', ...more };
}

/** The mail's part for machines. */
export interface MachinePart {
  readonly version: number;
  readonly account: string;
  readonly transitions: readonly Transition[];
  /** About pinwatch itself; left out if there is none. */
  readonly watchTransitions?: readonly BlindTransition[];
}

export function machinePart({ mail }: Received): MachinePart {
  const parts = mail.attachments.filter(({ mimeType }) => mimeType === 'application/json');
  expect(parts).toHaveLength(1);
  const content = parts[0]?.content ?? '';
  return JSON.parse(
    typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString(),
  ) as MachinePart;
}

/** `opened api.example.com:1234 pin_mismatch` for each transition of a mail. */
export function told(received: Received): string[] {
  return machinePart(received).transitions.map(
    ({ transition, domain, kind }) => `${transition} ${domain} ${kind}`,
  );
}

/** Waits until every one of these was probed with this verdict, counted from line `since` on. */
export async function probed(
  service: Service,
  names: readonly string[],
  verdict: string,
  since = 0,
): Promise<void> {
  await Promise.all(
    names.map((name) =>
      service.line('probed', (line) => line.domain === name && line.verdict === verdict, since),
    ),
  );
}
