import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { version } from '../../src/version.ts';
import { anchors, links, markdownFiles, read, root } from './markdown.ts';

const files = markdownFiles();

test('there is documentation', () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/operating.md']));
});

test.each(files)('every relative link of %s leads to a file and a heading', (file) => {
  const broken = links(read(file)).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), path));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchors(read(target)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('files and folders named in the README exist', () => {
  const named = [...read('README.md').matchAll(/`((?:src|docs|config|lab|test)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(3);
  for (const path of named) expect(existsSync(join(root, path)), path).toBe(true);
});

test('one version', () => {
  const { version: packaged } = JSON.parse(read('package.json')) as { version: string };
  expect(version).toBe(packaged);
  const [, newest] = /^## \[([^\]]+)\]/m.exec(read('CHANGELOG.md')) ?? [];
  expect(newest).toBe(packaged);
});

test('the npm scripts that the docs name exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const builtIn = ['install', 'ci', 'pack', 'root'];
  for (const file of files) {
    const commands = [
      ...read(file).matchAll(/(?:`|^)npm (?:run )?(?:--silent )?([a-z]+(?::[a-z-]+)*)/gm),
    ].map(([, name = '']) => name);
    const missing = commands.filter((name) => scripts[name] === undefined && !builtIn.includes(name));
    expect(missing, file).toEqual([]);
  }
  const readme = read('README.md');
  for (const command of ['npm run demo', 'npm test', 'npm start']) expect(readme).toContain(command);
});
