import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countAnchors } from '../../src/compose/probe.ts';
import { loadConfig } from '../../src/config/load.ts';
import { prometheusDir, readYaml, root } from './rules.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: unknown;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
}

const { services, volumes } = await readYaml<{
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}>('docker-compose.yml');

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml: expected a service ${name}`);
  return found;
}

const mountsOf = ({ volumes = [] }: Service) =>
  volumes.map((volume) => {
    const [source = '', target = '', mode = ''] = volume.split(':');
    return { source, target, mode, file: source.startsWith('.') ? join(root, source) : null };
  });

/** The file of the repository that a container sees under this path. */
function mounted(name: string, path: string): string {
  for (const { file, target } of mountsOf(service(name))) {
    if (file !== null && (path === target || path.startsWith(`${target}/`)))
      return file + path.slice(target.length);
  }
  throw new Error(`docker-compose.yml: ${name} mounts nothing at ${path}`);
}

describe('docker-compose.yml', () => {
  test('mounts files that exist, read-only, and volumes that are declared', () => {
    const used = new Set<string>();
    for (const [name, description] of Object.entries(services)) {
      for (const { source, file, mode } of mountsOf(description)) {
        if (file === null) used.add(source);
        else
          expect({ name, source, exists: existsSync(file), mode }).toMatchObject({
            exists: true,
            mode: 'ro',
          });
      }
    }
    expect([...used].sort()).toEqual(Object.keys(volumes).sort());
  });

  test('names a version of each image, and publishes on loopback only', () => {
    for (const [name, { image, build, ports = [] }] of Object.entries(services)) {
      if (build === undefined) expect(image, name).toMatch(/^[a-z/]+:v?\d+\.\d+[\w.-]*$/);
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
  });

  test('waits for services that exist and can say that they are healthy', () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        if (condition === 'service_healthy') expect(service(name).healthcheck, name).toBeDefined();
      }
    }
    expect(service('pinwatch').depends_on).toEqual({ redis: { condition: 'service_healthy' } });
  });

  test('runs a Redis that keeps what is stored', () => {
    expect(service('redis').command?.join(' ')).toBe(
      'redis-server --appendonly yes --maxmemory-policy noeviction',
    );
    expect(mountsOf(service('redis'))).toMatchObject([{ target: '/data' }]);
  });

  test('gives pinwatch no more rights than it needs', () => {
    expect(service('pinwatch')).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('sets the environment variables that the configuration asks for, and no other', async () => {
    const text = await readFile(mounted('pinwatch', '/app/config/pinwatch.yaml'), 'utf8');
    const asked = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    // This one pinwatch itself reads.
    asked.push('PINWATCH_ADMIN_TOKEN');
    expect(Object.keys(service('pinwatch').environment ?? {}).sort()).toEqual([...new Set(asked)].sort());
  });

  test('gives pinwatch a configuration that is valid, and the addresses of its neighbours', async () => {
    // As compose fills them in where the shell sets none: ${NAME:-default}.
    const environment = Object.fromEntries(
      Object.entries(service('pinwatch').environment ?? {}).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
      ]),
    );
    const loaded = await loadConfig({
      path: mounted('pinwatch', '/app/config/pinwatch.yaml'),
      readAnchors: countAnchors,
      environment,
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.warnings).toEqual([
      'accounts.example.domains[0]: "example.com" has no pins: only its trust and expiry are watched',
      'accounts.example.contacts: devops@example.com is an example address: name the people on call',
    ]);
    const { redis, mail, http } = loaded.config;
    expect(services).toHaveProperty(new URL(redis.url ?? '').hostname);
    expect(services).toHaveProperty(new URL(mail.smtp ?? '').hostname);
    // Prometheus sends no token.
    expect(http).toMatchObject({ host: '0.0.0.0', adminToken: null, openMetrics: true });
    expect(service('pinwatch').ports).toEqual([`127.0.0.1:${http.port}:${http.port}`]);
  });

  test('has Prometheus scrape pinwatch and reach Alertmanager where they listen', async () => {
    const file = mounted('prometheus', argument('prometheus', '--config.file'));
    expect(file).toBe(join(prometheusDir, 'prometheus.yml'));
    const config = await readYaml<PrometheusConfig>('config/prometheus/prometheus.yml');
    const targets = [...config.scrape_configs, ...config.alerting.alertmanagers].flatMap(targetsOf);
    expect(targets.sort()).toEqual(['alertmanager:9093', 'pinwatch:9464']);
    for (const target of targets) {
      const [name = '', port] = target.split(':');
      expect(service(name).ports).toEqual([`127.0.0.1:${port}:${port}`]);
    }
    for (const rules of config.rule_files)
      expect(existsSync(mounted('prometheus', `/etc/prometheus/${rules}`))).toBe(true);
    // Two rules look for the job by its name.
    expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual(['pinwatch']);
  });

  test('has Alertmanager send its mail to the mail viewer', async () => {
    const file = mounted('alertmanager', argument('alertmanager', '--config.file'));
    expect(file).toBe(join(prometheusDir, 'alertmanager.yml'));
    const { global } = await readYaml<{ global: { smtp_smarthost: string } }>(
      'config/prometheus/alertmanager.yml',
    );
    expect(services).toHaveProperty(global.smtp_smarthost.split(':')[0] ?? '');
  });

  test('has Grafana find its data source and the dashboard', async () => {
    const provisioning = 'config/prometheus/grafana/provisioning';
    expect(mounted('grafana', '/etc/grafana/provisioning')).toBe(join(root, provisioning));
    const { datasources } = await readYaml<{ datasources: { uid: string; url: string }[] }>(
      provisioning,
      'datasources/prometheus.yml',
    );
    expect(datasources).toMatchObject([{ uid: 'prometheus', url: 'http://prometheus:9090' }]);
    expect(service('prometheus').ports).toEqual(['127.0.0.1:9090:9090']);

    const { providers } = await readYaml<{ providers: { options: { path: string } }[] }>(
      provisioning,
      'dashboards/pinwatch.yml',
    );
    const home = service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    expect(home).toBe(`${providers[0]?.options.path}/pinwatch.json`);
    expect(JSON.parse(readFileSync(mounted('grafana', home), 'utf8'))).toMatchObject({ uid: 'pinwatch' });
  });
});

function argument(name: string, option: string): string {
  const given = service(name).command?.find((word) => word.startsWith(`${option}=`));
  if (given === undefined) throw new Error(`docker-compose.yml: ${name} is not given ${option}`);
  return given.slice(option.length + 1);
}

interface Targets {
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
}

interface PrometheusConfig {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly (Targets & { readonly job_name: string })[];
  readonly alerting: { readonly alertmanagers: readonly Targets[] };
}

const targetsOf = ({ static_configs }: Targets) => static_configs.flatMap(({ targets }) => targets);
