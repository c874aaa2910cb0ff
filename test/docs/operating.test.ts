import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { queueNames } from '../../src/adapters/bullmq/jobs.ts';
import { keys } from '../../src/config/keys.ts';
import { roles } from '../../src/core/access.ts';
import type { Verdict } from '../../src/core/check.ts';
import { findingCodes } from '../../src/core/finding.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { noticeKinds } from '../../src/core/notice.ts';
import { exposition } from '../deploy/exposed.ts';
import { markdownFiles, quoted, read, root, rows, section } from './markdown.ts';

const text = read('docs/operating.md');
const firstCells = (heading: string) => rows(section(text, heading)).map(([first = '']) => first);

test('the metrics are those of the code, both ways, with their labels', async () => {
  const shown = await exposition({});
  const exposed = [...shown.matchAll(/^# TYPE pinwatch_(\w+) /gm)].map(([, name = '']) => {
    const [, labels = ''] = new RegExp(`^pinwatch_${name}\\{(.*?)\\} `, 'm').exec(shown) ?? [];
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
    const isOfDomain = names.includes('domain');
    return isOfDomain || names.length === 0 ? name : `${name}{${names.join(',')}}`;
  });
  const described = firstCells('Metrics').flatMap(quoted);
  expect(described.sort()).toEqual(exposed.sort());
});

test('the findings and verdicts are those of the code', () => {
  const verdicts = ['match', 'mismatch', 'inconclusive', 'unpinned'] satisfies Verdict[];
  expect(firstCells('Verdicts and findings').flatMap(quoted)).toEqual([...verdicts, ...findingCodes]);
});

test('the roles of tokens are those of the code', () => {
  expect(firstCells('Access').flatMap(quoted)).toEqual([...roles]);
});

test('the limits are those of the code, with what they are where nothing is set', () => {
  const listed = rows(section(text, 'Limits')).map(([name = '', value = '']) => [quoted(name)[0], value]);
  const values = Object.entries(defaultLimits).map(([name, value]) => [
    `limits.${name}`,
    name === 'storedBytes' ? `${value / 1024 / 1024} MB` : value.toLocaleString('en'),
  ]);
  expect(listed.filter(([name]) => name?.startsWith('limits.')).sort()).toEqual(values.sort());
});

test('the kinds of incidents and the queues are those of the code', () => {
  expect(firstCells('Mail').flatMap(quoted)).toEqual([...noticeKinds]);
  const row = rows(section(text, 'Metrics')).find(([name = '']) => name.includes('queue_jobs'));
  expect(quoted(row?.[1])).toEqual([...queueNames]);
});

/** The words of templates in `event: …`, for the closed unions that they range over. */
const templates: Readonly<Record<string, readonly string[]>> = {
  '`incident_${transition.transition}`': ['opened', 'changed', 'reminder', 'closed'].map(
    (one) => `incident_${one}`,
  ),
  '`mail_${outcome}`': ['sent', 'written', 'failed_temporary', 'failed_permanent'].map(
    (one) => `mail_${one}`,
  ),
  '`channel_${outcome}`': ['sent', 'failed_temporary', 'failed_permanent'].map((one) => `channel_${one}`),
  '`job_${trouble.problem}`': ['failed', 'stalled', 'error'].map((one) => `job_${one}`),
  kind: ['provisioned'],
};

test('the log events are those of the code, both ways', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const logged = sources.flatMap((file) => {
    const source = readFileSync(join(root, 'src', file), 'utf8');
    return [...source.matchAll(/\bevent: (?:'(\w+)'|(`[^`]+`|kind\b))/g)].flatMap(
      ([, word, template = '']) => {
        if (word !== undefined) return [word];
        const words = templates[template];
        if (words === undefined) throw new Error(`${file}: event: ${template} is not known to this test`);
        return words;
      },
    );
  });
  expect(firstCells('Logs').flatMap(quoted).sort()).toEqual([...new Set(logged)].sort());
});

test('the configuration keys that the docs name exist', () => {
  const sections = keys as Readonly<Record<string, readonly string[]>>;
  const known = Object.keys(sections).flatMap((name) =>
    (sections[name] ?? []).map((key) => `${name}.${key}`),
  );
  const top = ['redis', 'http', 'mail', 'network', 'probe', 'notify', 'publish', 'log'];
  for (const file of markdownFiles()) {
    const named = quoted(read(file)).filter((word) =>
      top.some((name) => new RegExp(`^${name}\\.\\w+$`).test(word)),
    );
    expect(
      named.filter((word) => !known.includes(word)),
      file,
    ).toEqual([]);
  }
  const alone = ['stateDir', 'caFile', 'connect', 'keyTypes', 'alpn', 'platforms', 'addressesPerDomain'];
  for (const word of alone) {
    expect(quoted(text + read('docs/decisions.md'))).toContain(word);
    expect(Object.values(sections).flat()).toContain(word);
  }
});
