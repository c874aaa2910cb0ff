import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleRunbookUrl } from '../../src/cli/rules-command.ts';
import { configIncidentKinds } from '../../src/core/config-incident.ts';
import { findingCodes } from '../../src/core/finding.ts';
import { failureCodes } from '../../src/core/observation.ts';
import { trustErrorCodes } from '../../src/core/trust-error.ts';
import { readAlerts, root } from './rules.ts';

const text = await readFile(join(root, 'docs/runbook.md'), 'utf8');
const outsideCode = text.replace(/^```.*?^```/gms, '');

/** The `###` headings under a `##` heading. */
function headings(section: string): string[] {
  const [, body = ''] = outsideCode.split(new RegExp(`^## ${section}$`, 'm'));
  const [own = ''] = body.split(/^## /m);
  return [...own.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading);
}

test('each finding code has a heading, and each heading is a code', () => {
  expect(headings('Findings')).toEqual([...findingCodes]);
});

test('each incident of a signed configuration has a heading, and each heading is one', () => {
  expect(headings('Signed configuration')).toEqual([...configIncidentKinds]);
});

test('each failure code has a heading, and each heading is a code', () => {
  expect(headings('Failures')).toEqual([...failureCodes]);
});

test('each trust error has a row, and each row is a trust error', () => {
  const [, section = ''] = outsideCode.split(/^## Trust errors$/m);
  const codes = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code = '']) => code);
  expect(codes).toEqual([...trustErrorCodes]);
});

test('each alert has a heading, and each heading is an alert', async () => {
  // One of two severities has two rules.
  const alerts = [...new Set((await readAlerts()).map(({ alert }) => alert))];
  expect(headings('Alerts').sort()).toEqual(alerts.sort());
});

test('each alert names its heading', async () => {
  for (const { alert, annotations } of await readAlerts())
    expect(annotations?.runbook_url).toBe(`${exampleRunbookUrl}#${alert.toLowerCase()}`);
});

test('every link leads to a heading', () => {
  const anchors = [...outsideCode.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const links = [...outsideCode.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(anchors).toContain(link);
});

test('each entry says how to look and what to do', () => {
  for (const entry of outsideCode.split(/^### /m).slice(1)) {
    const name = entry.split('\n')[0];
    expect(entry, name).toMatch(/\*\*Look( and do)?:\*\*/);
    expect(entry, name).toMatch(/\*\*(Look and d|D)o:\*\*/);
  }
});
