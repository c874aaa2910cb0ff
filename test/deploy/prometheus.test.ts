import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { tool } from '../../lab/child.ts';
import { rulesContent, rulesText } from '../../src/adapters/prometheus/rules-file.ts';
import { exampleRunbookUrl } from '../../src/cli/rules-command.ts';
import { defaultIntervalMs, notifyTable } from '../../src/core/settings.ts';
import { requires } from '../support/requires.ts';
import { exposedMetrics, exposition, metricNames } from './exposed.ts';
import { prometheusDir, readAlerts, readDashboard, readQueries, readRules, readYaml } from './rules.ts';

const run = promisify(execFile);

/** What the shipped file is for. */
const shipped = {
  intervalMs: defaultIntervalMs,
  expiringWithinMs: notifyTable.expiringWithinMs.standard,
  runbookUrl: exampleRunbookUrl,
};

test('rules and dashboard ask for nothing that pinwatch does not show', async () => {
  const exposed = await exposedMetrics();
  const asked = [...(await readRules()), ...(await readQueries())].flatMap(({ expr }) => metricNames(expr));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((name) => !exposed.has(name))).toEqual([]);
});

test('the dashboard takes its data source from a variable, and links to the runbook and the page', async () => {
  const { uid, schemaVersion, panels, links, annotations, templating } = await readDashboard();
  expect({ uid, schemaVersion }).toEqual({ uid: 'pinwatch', schemaVersion: 39 });
  expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  for (const { datasource } of [...panels, ...annotations.list])
    expect(datasource.uid).toMatch(/^\$\{datasource\}$/);
  expect(links.map(({ url }) => url.replace(/^\$\{(\w+)\}$/, '$1'))).toEqual(['runbook', 'page']);
  const variables = templating.list.map(({ name }) => name);
  expect(variables).toEqual(['datasource', 'account', 'runbook', 'page']);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

test("a domain's series are aggregated by its two labels wherever a rule reads them", async () => {
  const exposed = await exposedMetrics();
  const labelsOf = (name: string) => [...(exposed.get(name) ?? [])].sort();
  for (const { alert, record, expr } of await readRules()) {
    for (const [, aggregation, name = ''] of expr.matchAll(
      /(\w+(?: by \([^)]*\))? ?\((?:last_over_time\()?)?(pinwatch_\w+)/g,
    )) {
      if (labelsOf(name).join() !== 'account,domain') continue;
      expect(aggregation, `${name} in ${alert ?? record}`).toMatch(/^(max|min)( by \(account, domain\) )?\(/);
    }
  }
});

test('the shipped rules are those that the command prints for the default interval', async () => {
  expect(await readFile(join(prometheusDir, 'pinwatch.rules.yml'), 'utf8')).toBe(rulesText(shipped, 'file'));
  expect(parse(rulesText(shipped, 'file'))).toEqual(rulesContent(shipped, 'file'));
});

// https://monitoring.mixins.dev: the summary is the same for all, so that a notification can name several at once.
test('each alert says how urgent it is, what is wrong, with which values, and where to read on', async () => {
  for (const { alert, labels, annotations = {} } of await readAlerts()) {
    expect(alert).toMatch(/^Pinwatch[A-Z]\w+$/);
    expect(labels?.severity, alert).toMatch(/^(critical|warning|info)$/);
    expect(Object.keys(annotations), alert).toEqual(['summary', 'description', 'runbook_url']);
    expect(annotations.summary, alert).toMatch(/^[A-Z][^{}]*[^.]\.$/);
    expect(annotations.description, alert).toMatch(/\{\{.*\.$|^[A-Z].*\.$/);
    expect(annotations.runbook_url, alert).toMatch(/^https:\/\/\S+#\w+$/);
  }
});

test('each label of an alert that tells it from others is in its description', async () => {
  for (const { alert, expr, annotations } of await readAlerts()) {
    const [, by = ''] = /^(?:max|min|sum) by \(([^)]+)\)/.exec(expr.replace(/^\(\s*/, '')) ?? [];
    for (const label of by.split(', ').filter((each) => each !== ''))
      expect(annotations?.description, alert).toContain(`{{ $labels.${label} }}`);
  }
});

test('each alert is tested: it fires, stays silent if all is well, and ends', async () => {
  const file = await readYaml<{ tests: AlertTests[] }>('config/prometheus/pinwatch.rules.test.yml');
  for (const { alert } of await readAlerts()) {
    const seen = file.tests.map((each) => momentsOf(each, alert));
    const fires = seen.some(({ firing }) => firing.length > 0);
    const silent = seen.some(({ quiet }) => quiet.length > 0);
    const ends = seen.some(({ firing, quiet }) => Math.max(...quiet) > Math.min(...firing));
    expect({ alert, fires, silent, ends }).toEqual({ alert, fires: true, silent: true, ends: true });
  }
});

/** When a test expects the alert to fire, and when it expects silence; in minutes. */
function momentsOf({ alert_rule_test = [], promql_expr_test = [] }: AlertTests, alert: string) {
  const firing: number[] = [];
  const quiet: number[] = [];
  for (const { eval_time, alertname, exp_alerts } of alert_rule_test) {
    if (alertname === alert) (exp_alerts.length > 0 ? firing : quiet).push(minutesOf(eval_time));
  }
  for (const { eval_time, expr, exp_samples } of promql_expr_test) {
    const isNamed = new RegExp(`\\b${alert}\\b`).test(expr);
    if (
      exp_samples.some(({ labels }) => labels.includes(`"${alert}"`)) ||
      (isNamed && exp_samples.length > 0)
    )
      firing.push(minutesOf(eval_time));
    else if (isNamed || expr.includes('ALERTS')) quiet.push(minutesOf(eval_time));
  }
  return { firing, quiet };
}

function minutesOf(time: string): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(time) ?? [];
  return Number(count) * (unit === 'd' ? 1_440 : unit === 'h' ? 60 : 1);
}

interface AlertTests {
  readonly alert_rule_test?: readonly {
    eval_time: string;
    alertname: string;
    exp_alerts: readonly unknown[];
  }[];
  readonly promql_expr_test?: readonly {
    eval_time: string;
    expr: string;
    exp_samples: readonly { labels: string }[];
  }[];
}

requires('promtool', 'amtool')('the tools of Prometheus and Alertmanager', () => {
  test('accept the rules', async () => {
    const { stdout } = await run(tool('promtool'), ['check', 'rules', 'pinwatch.rules.yml'], {
      cwd: prometheusDir,
    });
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  test('find every alert as the rules tests expect it', async () => {
    const { stdout } = await run(tool('promtool'), ['test', 'rules', 'pinwatch.rules.test.yml'], {
      cwd: prometheusDir,
    });
    expect(stdout).toContain('SUCCESS');
    // 7 s of CPU, which other tests may share.
  }, 240_000);

  test.each([
    ['1s', 1_000],
    ['1h', 3_600_000],
  ])(
    'find every alert that depends on the interval as expected for %s',
    async (name, intervalMs) => {
      const folder = await mkdtemp(join(tmpdir(), 'pinwatch-rules-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, 'pinwatch.rules.yml'), rulesText({ ...shipped, intervalMs }, 'file'));
      await cp(join(import.meta.dirname, 'rules', `${name}.test.yml`), join(folder, 'test.yml'));
      const { stdout } = await run(tool('promtool'), ['test', 'rules', 'test.yml'], { cwd: folder });
      expect(stdout).toContain('SUCCESS');
    },
    240_000,
  );

  test.each([1_000, 90_000, 7 * 86_400_000])(
    'accept the rules for an interval of %d ms',
    async (intervalMs) => {
      const cwd = await folderWithRules(intervalMs);
      const { stdout } = await run(tool('promtool'), ['check', 'rules', 'pinwatch.rules.yml'], { cwd });
      expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    },
  );

  test("accept the dashboard's queries", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pinwatch-queries-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const rules = (await readQueries()).map(({ expr }, index) => ({ record: `query:${index}`, expr }));
    await writeFile(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await run(tool('promtool'), ['check', 'rules', 'rules.yml'], { cwd: folder });
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  test('accept the configuration of Prometheus', async () => {
    const { stdout } = await run(tool('promtool'), ['check', 'config', 'prometheus.yml'], {
      cwd: prometheusDir,
    });
    expect(stdout).toContain('1 rule files found');
  });

  test('accept the configuration of Alertmanager', async () => {
    const { stdout } = await run(tool('amtool'), ['check-config', join(prometheusDir, 'alertmanager.yml')]);
    expect(stdout).toContain('SUCCESS');
  });

  test('accept what pinwatch shows as metrics', async () => {
    const linted = run(tool('promtool'), ['check', 'metrics']);
    linted.child.stdin?.end(await exposition({}));
    await linted.catch(({ stderr }: { stderr: string }) => {
      // prom-client's own metrics have names that the linter dislikes; ours have to be without a complaint.
      expect(stderr.split('\n').filter((line) => line.includes('pinwatch_'))).toEqual([]);
      expect(stderr).not.toContain('error while linting');
    });
  });
});

async function folderWithRules(intervalMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pinwatch-rules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'pinwatch.rules.yml'), rulesText({ ...shipped, intervalMs }, 'file'));
  return folder;
}
