/** Formats the results as text. */
import type { RunResult, ScenarioResult } from './run.ts';
import { median, type Usage } from './usage.ts';

type Row = readonly string[];

export function renderTables(runs: readonly RunResult[]): string {
  const handshakes = table(
    [
      'Node',
      'served',
      'round',
      'probes/s',
      'bare/s',
      'CPU ms/endpoint',
      'bare',
      'Redis',
      'ratio',
      'same hello',
    ],
    runs.flatMap((run) => run.scenarios.flatMap((scenario) => scenarioRows(run, scenario))),
  );
  const scale = table(
    ['Node', 'domains', 'at once', 'ms', 'CPU ms', 'Redis CPU ms', 'longest block ms', 'longest turn CPU ms'],
    runs.flatMap(({ node, scale }) =>
      (scale?.rows ?? []).map((row) => [
        node,
        String(scale?.domains),
        row.title,
        row.wallMs.toFixed(0),
        row.cpuMs.toFixed(0),
        row.redisCpuMs?.toFixed(0) ?? '–',
        row.longestBlockMs.toFixed(0),
        row.longestTurnMs?.toFixed(0) ?? '–',
      ]),
    ),
  );
  return [handshakes, scale].filter((text) => text !== '').join('\n');
}

function scenarioRows({ node }: RunResult, scenario: ScenarioResult): Row[] {
  const perEndpoint = perOf(scenario);
  const rounds = scenario.rounds.map(({ pipeline, bare, bareSameHello }, index) => [
    node,
    scenario.title,
    String(index + 1),
    perSecond(scenario, pipeline),
    perSecond(scenario, bare),
    perEndpoint(pipeline.cpuMs),
    perEndpoint(bare.cpuMs),
    perEndpoint(pipeline.redisCpuMs),
    (pipeline.cpuMs / bare.cpuMs).toFixed(2),
    (pipeline.cpuMs / bareSameHello.cpuMs).toFixed(2),
  ]);
  const middle = (of: (round: ScenarioResult['rounds'][number]) => number) => median(scenario.rounds.map(of));
  const { cold } = scenario;
  return [
    [
      ...[node, scenario.title, 'cold', perSecond(scenario, cold), '', perEndpoint(cold.cpuMs), ''],
      ...[perEndpoint(cold.redisCpuMs), '', ''],
    ],
    ...rounds,
    [
      node,
      scenario.title,
      'median',
      perSecond(scenario, { wallMs: middle(({ pipeline }) => pipeline.wallMs) }),
      perSecond(scenario, { wallMs: middle(({ bare }) => bare.wallMs) }),
      perEndpoint(middle(({ pipeline }) => pipeline.cpuMs)),
      perEndpoint(middle(({ bare }) => bare.cpuMs)),
      perEndpoint(middle(({ pipeline }) => pipeline.redisCpuMs ?? Number.NaN)),
      scenario.ratio.toFixed(2),
      scenario.ratioSameHello.toFixed(2),
    ],
  ];
}

/** Counts endpoints on both sides: if a domain has two, the bare loop makes two handshakes. */
function perSecond(
  { domains, endpointsPerDomain }: ScenarioResult,
  { wallMs }: Pick<Usage, 'wallMs'>,
): string {
  return ((domains * endpointsPerDomain * 1000) / wallMs).toFixed(0);
}

function perOf({ domains, endpointsPerDomain }: ScenarioResult): (ms: number | null) => string {
  return (ms) => (ms === null || Number.isNaN(ms) ? '–' : (ms / (domains * endpointsPerDomain)).toFixed(3));
}

export function table(head: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  // Words left-aligned, numbers right-aligned.
  const line = (row: Row) =>
    row
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
