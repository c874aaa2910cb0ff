import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { requires } from '../support/requires.ts';
import { exposedMetrics, exposition, metricNames } from './exposed.ts';
import { prometheusDir, readAlerts, readQueries, readRules, readYaml } from './rules.ts';

const run = promisify(execFile);

test('rules and dashboard ask for nothing that pinwatch does not show', async () => {
  const exposed = await exposedMetrics();
  const asked = [...(await readRules()), ...(await readQueries())].flatMap(({ expr }) => metricNames(expr));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((name) => !exposed.has(name))).toEqual([]);
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

test('each alert says how urgent it is, what is wrong and what to do', async () => {
  for (const { alert, labels, annotations } of await readAlerts()) {
    expect(alert).toMatch(/^Pinwatch[A-Z]\w+$/);
    expect(labels?.severity, alert).toMatch(/^(critical|warning|info)$/);
    expect(Object.keys(annotations ?? {}), alert).toEqual(['summary', 'description', 'runbook']);
  }
});

test('each alert is tested where it fires and where it does not', async () => {
  const file = await readYaml<{ tests: AlertTests[] }>('config/prometheus/pinwatch.rules.test.yml');
  for (const { alert } of await readAlerts()) {
    const fires = file.tests.some(({ alert_rule_test }) =>
      alert_rule_test?.some(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0),
    );
    const silent = file.tests.some(
      ({ alert_rule_test, promql_expr_test }) =>
        alert_rule_test?.some(
          ({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length === 0,
        ) ||
        promql_expr_test?.some(({ expr, exp_samples }) => expr.includes(alert) && exp_samples.length === 0),
    );
    expect({ alert, fires, silent }).toEqual({ alert, fires: true, silent: true });
  }
});

interface AlertTests {
  readonly alert_rule_test?: readonly { alertname: string; exp_alerts: readonly unknown[] }[];
  readonly promql_expr_test?: readonly { expr: string; exp_samples: readonly unknown[] }[];
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
