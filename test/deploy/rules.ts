/** The alert rules and the dashboard as they are in the repository. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '../..');
export const prometheusDir = join(root, 'config/prometheus');

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export async function readYaml<T>(...path: string[]): Promise<T> {
  return parse(await readFile(join(root, ...path), 'utf8'), { merge: true }) as T;
}

export async function readRules(): Promise<Rule[]> {
  const { groups } = await readYaml<{ groups: { rules: Rule[] }[] }>('config/prometheus/pinwatch.rules.yml');
  return groups.flatMap(({ rules }) => rules);
}

export async function readAlerts(): Promise<(Rule & { alert: string })[]> {
  return (await readRules()).flatMap((rule) =>
    rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }],
  );
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly {
    id: number;
    title: string;
    datasource: { uid: string };
    targets: { expr: string }[];
  }[];
  readonly links: readonly { title: string; url: string }[];
  readonly annotations: {
    readonly list: readonly { name: string; datasource: { uid: string }; expr: string }[];
  };
  readonly templating: { readonly list: readonly { name: string; type: string }[] };
}

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(
    await readFile(join(prometheusDir, 'grafana/dashboards/pinwatch.json'), 'utf8'),
  ) as Dashboard;
}

/** Every query of the dashboard, those of its annotations too, with its variables filled in. */
export async function readQueries(): Promise<{ panel: string; expr: string }[]> {
  const { panels, annotations } = await readDashboard();
  const all = [
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ panel: title, expr }))),
    ...annotations.list.map(({ name, expr }) => ({ panel: name, expr })),
  ];
  return all.map(({ panel, expr }) => ({
    panel,
    expr: expr.replaceAll('$account', '.*').replaceAll('$__rate_interval', '1m'),
  }));
}
