import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { addRulesCommand } from '../../src/cli/rules-command.ts';
import { composeRules } from '../../src/compose/rules.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinwatch-rules-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function rules(...args: string[]) {
  let stdout = '';
  let stderr = '';
  let status: number | undefined;
  const output = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    colour: false,
  };
  const pinwatch = new Command('pinwatch').exitOverride();
  addRulesCommand(
    pinwatch,
    output,
    async () => composeRules({ readAnchors }),
    (ended) => {
      status = ended;
    },
  );
  await pinwatch.parseAsync(['rules', ...args], { from: 'user' });
  return { status, stdout, stderr };
}

/** The interval, the limit and the link that the rules were made for. */
function madeFor(text: string) {
  const outdated = /pinwatch_interval_seconds\[5m\]\) ?\) != (\d+)/.exec(text)?.[1];
  const expiring = /not_after_timestamp_seconds\[5m\]\)\) - time\(\) < ([\d* ]+)/.exec(text)?.[1];
  return { interval: outdated, expiring, runbook: /runbook_url"?: "?([^#\s]+)#/.exec(text)?.[1] };
}

const example = 'https://wiki.example.com/pinwatch/runbook';

test('without a configuration, the defaults count, and the example link is warned of', async () => {
  const { status, stdout, stderr } = await rules();
  expect(status).toBe(0);
  expect(madeFor(stdout)).toEqual({ interval: '900', expiring: '14 * 86400', runbook: example });
  expect(stderr).toBe(
    'warning: alerts link to an example: set runbookUrl, or --runbook-url, to your copy of the runbook\n',
  );
});

test('a configuration says what the rules are for, and an option takes precedence', async () => {
  const config = join(folder, 'pinwatch.yaml');
  const content = {
    interval: '5m',
    runbookUrl: 'https://runbook.example.org/',
    notify: { expiringWithin: '30d' },
  };
  await writeFile(config, JSON.stringify({ ...content, accounts: {} }));
  const fromFile = await rules('--config', config);
  expect(fromFile.stderr).toBe('');
  expect(madeFor(fromFile.stdout)).toEqual({
    interval: '300',
    expiring: '30 * 86400',
    runbook: 'https://runbook.example.org/',
  });
  // Two sweeps, and the bridge over a restart.
  expect(fromFile.stdout).toContain('offset 15m');
  const link = 'https://ops.example.org/pinwatch?view=plain';
  const given = await rules('-c', config, '--interval', '90s', '--runbook-url', link);
  expect(madeFor(given.stdout)).toEqual({ interval: '90', expiring: '30 * 86400', runbook: link });
});

test('JSON and the resource for the Prometheus Operator have the same groups', async () => {
  const link = ['--runbook-url', 'https://ops.example.org/'];
  const { groups } = parse((await rules(...link)).stdout);
  expect(JSON.parse((await rules('--json', ...link)).stdout)).toEqual({ groups });
  const resource = parse((await rules('--kubernetes', ...link)).stdout);
  expect(resource).toMatchObject({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' });
  expect(resource.spec).toEqual({ groups });
  expect(JSON.parse((await rules('--kubernetes', '--json', ...link)).stdout)).toEqual(resource);
});

test.each([
  [['--interval', '5'], /^--interval: expected a duration .* found "5": the unit is missing/],
  [['--interval', '8d'], /^--interval: expected a duration from 1s to 7d, found "8d"$/],
  [
    ['--runbook-url', 'docs/runbook.md'],
    /^--runbook-url: expected the URL of the runbook, .* found "docs\/runbook\.md"/,
  ],
  [['--runbook-url', 'https://ops.example.org/#alerts'], /leave out what follows the #$/],
  [['--config', 'nowhere.yaml'], /^nowhere\.yaml: 1 problem\n {2}cannot be read/],
])('%j is bad usage', async (args, message) => {
  await expect(rules(...args)).rejects.toThrow(message);
});
