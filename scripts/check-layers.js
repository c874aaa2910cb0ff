/**
 * Checks the layers of src/ and the verifier in verify/typescript: which files may import what, and which may use the
 * clock, randomness or the environment.
 * Prints each violation as `file:line: rule: what was found` and exits with 1 if there is any.
 *
 *   node scripts/check-layers.js [directory that holds src/]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blankComments, blankStrings, lineAt } from './check-layers/source.js';

/** The packages that each adapter folder may import; `types` only with `import type`. Others may import none. */
const ADAPTER_PACKAGES = {
  bullmq: { values: ['bullmq'], types: ['ioredis'] },
  dns: { values: ['dns-packet'] },
  http: {
    values: [
      'fastify',
      ...['@fastify/rate-limit', '@fastify/swagger', 'fastify-type-provider-zod', 'zod'],
      ...['@bull-board/api', '@bull-board/fastify'],
    ],
    types: ['bullmq'],
  },
  log: { values: ['pino', 'pino-pretty'] },
  mail: { values: ['nodemailer'] },
  metrics: { values: ['prom-client'] },
  'pin-formats': { values: ['saxes', 'jsonc-parser', 'zod'] },
  prometheus: { values: ['yaml'] },
  redis: { values: ['ioredis'] },
  signing: { values: ['node-forge'] },
  tls: { values: ['socks'] },
  x509: { values: ['node-forge'] },
};

const COMPOSITION_ROOT = /^src\/compose\/[\w-]+\.ts$/;

const RULES = {
  outside: 'src imports nothing from outside src but package.json and the verifier',
  verifier: 'the verifier imports only itself',
  verifierPure: 'the verifier has no clock, no randomness and no I/O',
  core: 'core imports only core and the verifier',
  corePure: 'core has no clock, no randomness and no I/O',
  flow: 'flow imports only core, flow and the verifier',
  wire: 'wire imports only core, wire and zod',
  adapter:
    'an adapter imports only core, flow, the verifier, itself and its own library; http imports wire, too',
  cliTypes: 'cli imports the types of wire, and its values only when it asks the API (import())',
  compose: 'only compose/ imports adapters',
  environment: 'only config/load.ts reads process.env',
};

const IMPURE =
  /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^\s)])|\bDate\s*\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.|\bconsole\.|\bcrypto\.|\b(?:setTimeout|setInterval|setImmediate|fetch)\s*\(/g;
const ENVIRONMENT = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/g;
const DYNAMIC_IMPORT = /(?<type>\btypeof\s+)?\bimport\s*\(\s*(?<quote>['"`])(?<to>[^'"`]+)\k<quote>/g;
const IMPORTS = [
  /\b(?:import|export)\s+(?<type>type\s)?[^'"`;()]*?\bfrom\s*(?<quote>['"])(?<to>[^'"]+)\k<quote>/g,
  /\bimport\s*(?<quote>['"])(?<to>[^'"]+)\k<quote>/g,
  DYNAMIC_IMPORT,
];

/** It is pure and stands alone, as apps use it. So every layer that may import core may import it. */
const VERIFIER = 'verify/typescript/src';
const PURE = { core: 'corePure', verify: 'verifierPure' };

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const folders = ['src', VERIFIER].map((folder) => join(root, folder));
const violations = folders
  .filter((folder, at) => at === 0 || existsSync(folder))
  .flatMap(sourceFiles)
  .flatMap(check);
for (const { file, line, rule, found } of violations)
  console.log(`${file}:${line}: ${RULES[rule]}: ${found}`);
if (violations.length > 0) process.exitCode = 1;

function sourceFiles(directory) {
  if (!existsSync(directory)) {
    console.error(`${directory}: expected a directory with sources, found none`);
    process.exit(64);
  }
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function check(path) {
  const file = relative(root, path);
  const withStrings = blankComments(readFileSync(path, 'utf8'));
  const code = blankStrings(withStrings);
  const found = [];
  const report = (rule, offset, what) => found.push({ file, line: lineAt(code, offset), rule, found: what });

  for (const pattern of IMPORTS) {
    for (const match of withStrings.matchAll(pattern)) {
      // Text in a string, such as a code example, is not an import: its first word is blank in `code`.
      if (!/\S/.test(code[match.index])) continue;
      const use = match.groups.type !== undefined ? 'type' : pattern === DYNAMIC_IMPORT ? 'later' : 'value';
      const rule = brokenRule(file, match.groups.to, use);
      if (rule !== undefined) report(rule, match.index, `imports '${match.groups.to}'`);
    }
  }
  const pure = PURE[layerOf(file).name];
  if (pure !== undefined) {
    for (const match of code.matchAll(IMPURE)) report(pure, match.index, match[0].trim());
  }
  if (file !== 'src/config/load.ts') {
    for (const match of code.matchAll(ENVIRONMENT)) report('environment', match.index, match[0].trim());
  }
  return found.sort((a, b) => a.line - b.line);
}

/** The rule that `file` breaks by importing `to`, if any. `use`: of its types, its values at once, or its values later. */
function brokenRule(file, to, use) {
  const from = layerOf(file);
  if (from.name === 'verify') return isOwn(file, to) ? undefined : 'verifier';
  if (!to.startsWith('.')) return brokenByPackage(from, to, use === 'type');
  const path = relative(root, resolve(root, dirname(file), to));
  if (path === 'package.json' && from.name !== 'core' && from.name !== 'flow') return undefined;
  if (path.startsWith(`${VERIFIER}/`)) return from.name === 'wire' ? 'wire' : undefined;
  if (!path.startsWith('src/')) return 'outside';
  const target = layerOf(path);
  if (from.name === 'core' && target.name !== 'core') return 'core';
  if (from.name === 'flow' && !['core', 'flow'].includes(target.name)) return 'flow';
  if (from.name === 'wire' && !['core', 'wire'].includes(target.name)) return 'wire';
  if (from.name === 'cli' && target.name === 'wire' && use === 'value') return 'cliTypes';
  if (from.name === 'adapters') {
    if (from.folder === 'http' && target.name === 'wire') return undefined;
    const itself = target.name === 'adapters' && target.folder === from.folder;
    return itself || ['core', 'flow'].includes(target.name) ? undefined : 'adapter';
  }
  if (target.name === 'adapters' && !COMPOSITION_ROOT.test(file)) return 'compose';
  return undefined;
}

function isOwn(file, to) {
  return to.startsWith('.') && relative(root, resolve(root, dirname(file), to)).startsWith(`${VERIFIER}/`);
}

function brokenByPackage(from, to, typeOnly) {
  if (from.name === 'core' || from.name === 'flow') return from.name;
  if (from.name === 'wire') return to === 'zod' ? undefined : 'wire';
  if (from.name !== 'adapters' || to.startsWith('node:') || builtinModules.includes(to)) return undefined;
  const { values = [], types = [] } = ADAPTER_PACKAGES[from.folder] ?? {};
  const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
  return values.includes(name) || (typeOnly && types.includes(name)) ? undefined : 'adapter';
}

/** `src/adapters/tls/x.ts` → adapters, tls. Each file directly in src/ is a layer of its own; the verifier is one. */
function layerOf(file) {
  if (file.startsWith(`${VERIFIER}/`)) return { name: 'verify' };
  const [, name, folder] = file.split('/');
  return { name, folder };
}
