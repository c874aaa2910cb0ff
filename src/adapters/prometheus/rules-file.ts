/** Writes the rules as Prometheus reads them, or as a resource of the Prometheus Operator. */
import { Document, type Scalar, visit, type YAMLMap } from 'yaml';
import { promDuration } from './promql.ts';
import { type Alert, anchorOf, type Rule, type RuleGroup, type RuleSettings } from './rule.ts';
import { ruleGroups } from './rule-groups.ts';

export type RulesForm = 'file' | 'resource';

/** The content of the file: `{ groups: … }`, or the resource with it. */
export function rulesContent(settings: RuleSettings, form: RulesForm): object {
  return contentOf(ruleGroups(settings), settings, form);
}

/** The file as YAML, with a comment above each rule. */
export function rulesText(settings: RuleSettings, form: RulesForm): string {
  const groups = ruleGroups(settings);
  const document = new Document(contentOf(groups, settings, form));
  document.commentBefore = headOf(settings, form);
  const path = form === 'file' ? ['groups'] : ['spec', 'groups'];
  for (const [at, group] of groups.entries()) {
    for (const [index, rule] of group.rules.entries()) {
      const node = document.getIn([...path, at, 'rules', index]) as YAMLMap;
      node.spaceBefore = index > 0;
      if (rule.why !== '') node.commentBefore = rule.why.replace(/^/gm, ' ');
    }
  }
  visit(document, {
    Pair(_, { key, value }) {
      const name = (key as Scalar).value;
      if (name === 'expr' && String((value as Scalar).value).includes('\n'))
        (value as Scalar).type = 'BLOCK_LITERAL';
      if (name === 'summary' || name === 'description') (value as Scalar).type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

function contentOf(groups: readonly RuleGroup[], settings: RuleSettings, form: RulesForm): object {
  const content = {
    groups: groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => plain(rule, settings)) })),
  };
  if (form === 'file') return content;
  const labels = { 'app.kubernetes.io/name': 'pinwatch' };
  const metadata = { name: 'pinwatch', labels };
  return { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: content };
}

function plain(rule: Rule, { runbookUrl }: RuleSettings): object {
  const expr = rule.expr.includes('\n') ? `${rule.expr}\n` : rule.expr;
  if (!isAlert(rule)) return { record: rule.record, expr };
  const { alert, for: duration, severity, summary, description } = rule;
  const annotations = { summary, description, runbook_url: `${runbookUrl}#${anchorOf(alert)}` };
  return { alert, expr, for: duration, labels: { severity }, annotations };
}

function isAlert(rule: Rule): rule is Alert {
  return 'alert' in rule;
}

function headOf({ intervalMs, expiringWithinMs }: RuleSettings, form: RulesForm): string {
  const command = form === 'file' ? 'pinwatch rules' : 'pinwatch rules --kubernetes';
  return ` Alert rules for pinwatch with the interval ${promDuration(intervalMs)} and notify.expiringWithin ${promDuration(expiringWithinMs)}.
 Printed by \`${command}\`; print them again for another interval, or with the URL of your runbook.
 Conventions of every rule here:
  - A domain's series come from the shared state, so each \`run\` and \`server\` process exports the same values.
    Aggregating by (account, domain) makes two replicas give one alert.
  - last_over_time(…[5m]) bridges a restart: the series of a target that is down end at once, and without the bridge
    each deployment would report "resolved" and then "firing" for the same problem. A changed value is seen at once.
    The cost: the last values of a replica that was removed for good count for 5 more minutes.
  - With http.metricsDetail: problems, a domain has series only while something is wrong with it. No rule needs the
    series of the others: the totals have series of their own.
  - A timestamp is 0 if the event has not happened yet, and 0 never alerts by itself.`;
}
