import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { version } from '../../src/version.ts';
import { root } from './rules.ts';

const run = promisify(execFile);
const folder = join(root, 'deploy', 'kubernetes');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const program = join(root, 'bin', 'pinwatch.js');

const models = { Deployment, Namespace, PodDisruptionBudget, PrometheusRule, Service, ServiceMonitor };

interface Resource {
  readonly kind: keyof typeof models;
  readonly metadata: { readonly name: string };
}

const base = parse(read('kustomization.yaml')) as {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
};
const resources = base.resources.flatMap((name) =>
  parseAllDocuments(read(name)).map((document) => [name, document.toJS() as Resource] as const),
);
// biome-ignore lint/suspicious/noExplicitAny: validated by its schema
const deployments = resources.map(([, one]) => one as any).filter(({ kind }) => kind === 'Deployment');

describe('the base for Kubernetes', () => {
  test.each(resources)('%s follows the schema of the API', (_, resource) => {
    const Model = models[resource.kind];
    expect(Model, resource.kind).toBeDefined();
    new Model(resource as never).validate();
  });

  test('a wrong resource does not', () => {
    expect(() => new Deployment({ metadata: { name: 'x' }, spec: {} as never }).validate()).toThrow(
      /selector/,
    );
  });

  test('lists every file', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.yaml$/.test(name),
    );
    const listed = [
      ...base.resources,
      ...base.configMapGenerator.flatMap((one) => one.files),
      'kustomization.yaml',
    ];
    expect(files.sort()).toEqual(listed.toSorted());
    expect(base.images).toMatchObject([{ name: 'pinwatch', newTag: version }]);
  });

  test('runs the roles without any right, with probes of their own health', () => {
    expect(deployments.map((one) => one.metadata.name)).toEqual(['pinwatch-server', 'pinwatch-worker']);
    for (const { spec } of deployments) {
      const { metadata, spec: pod } = spec.template;
      const [container] = pod.containers;
      expect(spec.selector.matchLabels).toEqual(metadata.labels);
      expect(container.args).toEqual([metadata.labels['app.kubernetes.io/component']]);
      const probes = [container.livenessProbe, container.readinessProbe].map(({ httpGet }) => httpGet.path);
      expect(probes).toEqual(['/healthz', '/readyz']);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const mounted = container.volumeMounts.map((one: { name: string }) => one.name);
      expect(pod.volumes.map((one: { name: string }) => one.name)).toEqual(mounted);
      const [config] = pod.volumes;
      expect(config.configMap.name).toBe(base.configMapGenerator[0]?.name);
      const { mountPath } = container.volumeMounts[0];
      const [folderOf, token] = container.env;
      expect(folderOf).toEqual({ name: 'PINWATCH_CONFIG', value: mountPath });
      expect(token.valueFrom.secretKeyRef).toEqual({ name: 'pinwatch', key: token.name });
    }
  });

  test('the services and budgets select the pods, and name their port', () => {
    const labels = deployments.map(({ spec }) => spec.template.metadata.labels);
    for (const [file, resource] of resources) {
      // biome-ignore lint/suspicious/noExplicitAny: validated by its schema
      const { kind, spec } = resource as any;
      if (kind === 'Service') {
        expect(labels, file).toContainEqual(spec.selector);
        expect(spec.ports[0].targetPort).toBe(deployments[0].spec.template.spec.containers[0].ports[0].name);
      }
      if (kind === 'PodDisruptionBudget') expect(labels, file).toContainEqual(spec.selector.matchLabels);
    }
  });

  test('the configuration is valid, with the secret that the docs create', async () => {
    const deploy = readFileSync(join(root, 'docs', 'deploy.md'), 'utf8');
    const [secret = ''] = /kubectl create secret generic pinwatch[\s\S]*?```/.exec(deploy) ?? [];
    const literals = [...secret.matchAll(/--from-literal=(\w+)=(\S+)/g)].map(
      // What a command makes is random.
      ([, name, value = '']) => [name, value.startsWith('$(') ? 'r'.repeat(44) : value],
    );
    expect(literals.map(([name]) => name)).toEqual([
      'REDIS_URL',
      'SMTP_URL',
      'MAIL_FROM',
      'PINWATCH_ADMIN_TOKEN',
    ]);
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...Object.fromEntries(literals) };
    const { stdout } = await run(process.execPath, [program, 'validate', join(folder, 'config')], { env });
    expect(stdout).toMatch(/valid/);
  });

  test('the rules are those that the command prints', async () => {
    const { stdout } = await run(process.execPath, [program, 'rules', '--kubernetes']);
    expect(read('rules.yaml')).toBe(stdout);
  });
});
