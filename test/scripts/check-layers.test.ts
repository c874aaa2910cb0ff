import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/check-layers.js', import.meta.url));

/** Runs the script on a tree of these files, given by their place below src/. */
function checkTree(files: Readonly<Record<string, string>>): { status: number | null; lines: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'pinwatch-layers-'));
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, 'src', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  rmSync(root, { recursive: true });
  return { status, lines: stdout.split('\n').filter((line) => line !== '') };
}

const core = 'core imports only core and the verifier';
const pure = 'core has no clock, no randomness and no I/O';
const flow = 'flow imports only core, flow and the verifier';
const wire = 'wire imports only core, wire and zod';
const adapter =
  'an adapter imports only core, flow, the verifier, itself and its own library; http imports wire, too';
const cliTypes = 'cli imports the types of wire, and its values only when it asks the API (import())';
const compose = 'only compose/ imports adapters';
const environment = 'only config/load.ts reads process.env';
const outside = 'src imports nothing from outside src but package.json and the verifier';

const violations = [
  ['core/a.ts', "import { x } from 'node:fs';", core, "imports 'node:fs'"],
  ['core/a.ts', "import type { z } from 'zod';", core, "imports 'zod'"],
  ['core/a.ts', "export * from '../flow/b.ts';", core, "imports '../flow/b.ts'"],
  ['core/a.ts', "type X = import('../config/config.ts').Config;", core, "imports '../config/config.ts'"],
  ['core/a.ts', 'const now = Date.now();', pure, 'Date.now'],
  ['core/a.ts', 'const now = new Date();', pure, 'new Date'],
  ['core/a.ts', 'const r = Math.random();', pure, 'Math.random'],
  ['core/a.ts', `const text = \`at \${Date.now()}\`;`, pure, 'Date.now'],
  ['flow/a.ts', "import { createHash } from 'node:crypto';", flow, "imports 'node:crypto'"],
  ['flow/a.ts', "import { Queue } from 'bullmq';", flow, "imports 'bullmq'"],
  ['flow/a.ts', "import { x } from '../adapters/tls/x.ts';", flow, "imports '../adapters/tls/x.ts'"],
  ['flow/a.ts', "import type { Route } from '../wire/route.ts';", flow, "imports '../wire/route.ts'"],
  ['wire/a.ts', "import { domainToASCII } from 'node:url';", wire, "imports 'node:url'"],
  ['wire/a.ts', "import type { FastifyReply } from 'fastify';", wire, "imports 'fastify'"],
  ['wire/a.ts', "import { x } from '../flow/a.ts';", wire, "imports '../flow/a.ts'"],
  ['adapters/mail/a.ts', "import { x } from '../../wire/a.ts';", adapter, "imports '../../wire/a.ts'"],
  ['cli/check.ts', "import { routes } from '../wire/routes.ts';", cliTypes, "imports '../wire/routes.ts'"],
  ['adapters/tls/a.ts', "import { x } from '../x509/x.ts';", adapter, "imports '../x509/x.ts'"],
  [
    'adapters/tls/a.ts',
    "import type { C } from '../../config/config.ts';",
    adapter,
    "imports '../../config/config.ts'",
  ],
  ['adapters/tls/a.ts', "import forge from 'node-forge';", adapter, "imports 'node-forge'"],
  ['adapters/bullmq/a.ts', "import { Redis } from 'ioredis';", adapter, "imports 'ioredis'"],
  ['adapters/http/a.ts', "import x from '../../cli/x.ts';", adapter, "imports '../../cli/x.ts'"],
  [
    'cli/check.ts',
    "const { x } = await import('../adapters/tls/x.ts');",
    compose,
    "imports '../adapters/tls/x.ts'",
  ],
  ['main.ts', "import { x } from './adapters/tls/x.ts';", compose, "imports './adapters/tls/x.ts'"],
  ['cli/check.ts', 'const home = process.env.HOME;', environment, 'process.env'],
  ['cli/check.ts', "const home = process['env'];", environment, 'process['],
  [
    'cli/check.ts',
    "import { root } from '../../lab/authority.ts';",
    outside,
    "imports '../../lab/authority.ts'",
  ],
] as const;

// All in one tree, each case in a file of its own, because starting a process is what costs time here.
const caseFile = (index: number, file: string) => file.replace(/\.ts$/, `-${index}.ts`);
let found: { status: number | null; lines: string[] };
beforeAll(() => {
  const files = violations.map(([file, source], index) => [caseFile(index, file), `// one\n\n${source}\n`]);
  found = checkTree(Object.fromEntries(files));
});

test.each(violations.map((violation, index) => [index, ...violation] as const))(
  '%i. src/%s: %s',
  (index, file, _source, rule, what) => {
    const name = `src/${caseFile(index, file)}`;
    expect(found.lines.filter((line) => line.startsWith(`${name}:`))).toEqual([
      `${name}:3: ${rule}: ${what}`,
    ]);
    expect(found.status).toBe(1);
  },
);

test('what the rules allow passes', () => {
  const allowed = {
    'core/a.ts': "import type { B } from './b.ts';\nconst at = (ms: number) => new Date(ms);\n",
    'flow/a.ts': "import { a } from '../core/a.ts';\nimport './b.ts';\n",
    'adapters/x509/a.ts':
      "import forge from 'node-forge';\nimport { X } from 'node:crypto';\nimport './b.ts';\n",
    'adapters/bullmq/a.ts': "import type { Redis } from 'ioredis';\nimport { Queue } from 'bullmq';\n",
    'adapters/redis/a.ts':
      "import type { Store } from '../../flow/a.ts';\nimport { a } from '../../core/a.ts';\n",
    'wire/a.ts': "import { z } from 'zod';\nimport { a } from '../core/a.ts';\nimport './b.ts';\n",
    'adapters/http/a.ts': "import { a } from '../../wire/a.ts';\n",
    'cli/client.ts':
      "import type { Routes } from '../wire/routes.ts';\nconst { a } = await import('../wire/a.ts');\n",
    'compose/x.ts': "import {\n  x,\n} from '../adapters/tls/x.ts';\n",
    'config/load.ts': 'const environment = process.env;\n',
    'cli/version.ts': "import p from '../../package.json' with { type: 'json' };\n",
    'core/words.ts': [
      '// Date.now() and import x from "node:fs" in a comment,',
      '/* process.env too */',
      "const text = 'Date.now()';",
      'const quote = /["\'`]/;',
      'const example = "import x from \'node:fs\'";',
      `const page = \`import y from 'zod' \${text}\`;`,
    ].join('\n'),
  };
  expect(checkTree(allowed)).toEqual({ status: 0, lines: [] });
});

test('the verifier imports only itself, and is pure', () => {
  const verifier = '../verify/typescript/src';
  const { lines } = checkTree({
    [`${verifier}/a.ts`]: "import { b } from './b.ts';\nconst at = (ms: number) => new Date(ms);\n",
    [`${verifier}/b.ts`]: "import 'node:crypto';\n",
    [`${verifier}/c.ts`]: "import { a } from '../../../src/core/a.ts';\n",
    [`${verifier}/d.ts`]: 'const now = Date.now();\n',
    'core/a.ts': "import { a } from '../../verify/typescript/src/a.ts';\n",
    'core/b.ts': "import { a } from '../../verify/vectors/generator/a.ts';\n",
    'wire/a.ts': "import { a } from '../../verify/typescript/src/a.ts';\n",
  });
  expect(lines).toEqual([
    `src/core/b.ts:1: ${outside}: imports '../../verify/vectors/generator/a.ts'`,
    `src/wire/a.ts:1: ${wire}: imports '../../verify/typescript/src/a.ts'`,
    "verify/typescript/src/b.ts:1: the verifier imports only itself: imports 'node:crypto'",
    "verify/typescript/src/c.ts:1: the verifier imports only itself: imports '../../../src/core/a.ts'",
    'verify/typescript/src/d.ts:1: the verifier has no clock, no randomness and no I/O: Date.now',
  ]);
});

test('every violation is listed, file by file', () => {
  const { status, lines } = checkTree({
    'flow/b.ts': "import 'node:fs';\n",
    'core/a.ts': "import 'zod';\nimport { a } from '../flow/b.ts';\nconst now = Date.now();\n",
  });
  expect(lines.map((line) => line.split(': ')[0])).toEqual([
    'src/core/a.ts:1',
    'src/core/a.ts:2',
    'src/core/a.ts:3',
    'src/flow/b.ts:1',
  ]);
  expect(status).toBe(1);
});

test('a directory without src/ is an error, not a success', () => {
  expect(spawnSync(process.execPath, [script, dirname(script)]).status).toBe(64);
});
