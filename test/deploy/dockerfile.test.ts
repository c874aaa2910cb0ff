import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { readYaml, root } from './rules.ts';

interface Stage {
  readonly name: string | null;
  readonly image: string;
  readonly instructions: readonly { readonly word: string; readonly rest: string }[];
}

const stages = parseDockerfile(await readFile(join(root, 'Dockerfile'), 'utf8'));
const final = stages.at(-1);
const { outDir } = (await readYaml<{ compilerOptions: { outDir: string } }>('tsconfig.build.json'))
  .compilerOptions;

/** What an image consists of, as far as copying is concerned: stages of instructions, continued lines joined. */
function parseDockerfile(text: string): Stage[] {
  const lines = text
    .replace(/\\\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const found: { name: string | null; image: string; instructions: { word: string; rest: string }[] }[] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = line.match(/^(\w+)\s+(.*)$/) ?? [];
    if (word === 'FROM') {
      const [image = '', , name = null] = rest.split(/\s+/);
      found.push({ image, name, instructions: [] });
    } else found.at(-1)?.instructions.push({ word, rest });
  }
  return found;
}

const all = (stage: Stage | undefined, word: string) =>
  stage?.instructions.filter((instruction) => instruction.word === word).map(({ rest }) => rest) ?? [];

function copies(stage: Stage) {
  return all(stage, 'COPY').map((rest) => {
    const [, from = null, paths = ''] = rest.match(/^(?:--from=(\S+)\s+)?(.*)$/) ?? [];
    const words = paths.split(/\s+/);
    return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
  });
}

test('every file that is copied from the repository exists and passes .dockerignore', async () => {
  const ignore = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
  expect(ignore).toContain('*');
  const kept = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const sources = stages
    .flatMap(copies)
    .filter(({ from }) => from === null)
    .flatMap((copy) => copy.sources);
  for (const source of sources)
    expect({ source, exists: existsSync(join(root, source)) }).toMatchObject({ exists: true });
  expect([...new Set(sources.map(normalize))].sort()).toEqual([...kept].sort());
});

test('what is copied from another stage is made there', () => {
  for (const { from, sources } of stages.flatMap(copies)) {
    if (from === null) continue;
    const stage = stages.find(({ name }) => name === from);
    const workdir = all(stage, 'WORKDIR')[0];
    const made = ['node_modules', `${outDir}/src`, `${outDir}/verify`].map((path) => `${workdir}/${path}`);
    for (const source of sources) expect(made, `${from}: ${source}`).toContain(source);
    const command = sources[0]?.endsWith('node_modules') ? /^npm ci/ : /^npm run build$/;
    expect(all(stage, 'RUN').some((run) => command.test(run))).toBe(true);
  }
});

test('the build sees what its configuration extends', async () => {
  const { extends: base } = await readYaml<{ extends: string }>('tsconfig.build.json');
  const build = stages.find(({ name }) => name === 'build');
  if (build === undefined) throw new Error('Dockerfile: expected a stage named build');
  expect(copies(build).flatMap(({ sources }) => sources)).toContain(normalize(base));
});

test('the image holds no development files, and runs as another user than root', () => {
  expect(
    all(
      stages.find(({ name }) => name === 'dependencies'),
      'RUN',
    ),
  ).toEqual(['npm ci --omit=dev --ignore-scripts']);
  if (final === undefined) throw new Error('Dockerfile: expected a stage');
  expect(copies(final).flatMap(({ sources }) => sources)).not.toContain('src');
  const words = final.instructions.map(({ word }) => word);
  expect(all(final, 'USER')).toEqual(['node']);
  expect(words.indexOf('USER')).toBeGreaterThan(words.lastIndexOf('RUN'));
  expect(all(final, 'ENTRYPOINT')).toEqual(['["node", "bin/pinwatch.js"]']);
  expect(all(final, 'CMD')).toEqual(['["run"]']);
});

test('every stage has the Node.js that the package asks for', async () => {
  const { engines } = await readYaml<{ engines: { node: string } }>('package.json');
  expect(engines.node).toBe('>=20.19');
  expect(new Set(stages.map(({ image }) => image))).toEqual(new Set(['node:24-bookworm-slim']));
});
