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

/** Every query of the dashboard, with its variables filled in. */
export async function readQueries(): Promise<{ panel: string; expr: string }[]> {
  const text = await readFile(join(prometheusDir, 'grafana/dashboards/pinwatch.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] };
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$account', '.*').replaceAll('$__rate_interval', '1m'),
    })),
  );
}
