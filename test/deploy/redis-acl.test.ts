import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aclLine } from './acl-line.ts';

const root = join(import.meta.dirname, '..', '..');
const bullmq = join(root, 'node_modules', 'bullmq', 'dist', 'cjs');

/** The scripts of BullMQ that pinwatch can run: those of other features need more. */
const bullScripts = [
  ...[
    'addDelayedJob-6',
    'addStandardJob-9',
    'addPrioritizedJob-9',
    'getCounts-1',
    'getRanges-1',
    'getJobs-1',
  ],
  ...[
    'addJobScheduler-11',
    'updateJobScheduler-12',
    'removeJobScheduler-3',
    'getJobScheduler-1',
    'getMetrics-2',
  ],
  ...['moveToActive-11', 'moveToDelayed-11', 'moveToFinished-14', 'moveStalledJobsToWait-9', 'retryJob-11'],
  ...['extendLocks-1', 'extendLock-2', 'releaseLock-1', 'saveStacktrace-1', 'updateData-1', 'getState-8'],
  ...['getStateV2-8', 'isFinished-3'],
];

const sourcesIn = (...folders: readonly string[]) =>
  folders.flatMap((folder) => {
    const from = join(root, 'src', 'adapters', folder);
    const files = readdirSync(from, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(join(from, file), 'utf8'));
  });
const ownSources = sourcesIn('.');
const bullSources = bullScripts.map((name) => readFileSync(join(bullmq, 'scripts', `${name}.js`), 'utf8'));

const inLua = (sources: readonly string[]) =>
  sources.flatMap((source) =>
    [...source.matchAll(/(?:rcall|redis\.p?call)\(\s*["']([A-Za-z]+)["']/g)].map(([, name = '']) =>
      name.toLowerCase(),
    ),
  );
/** Called by a method: of ioredis here, of its own wrapper in BullMQ. */
const isCalled = (name: string) => {
  const wrapper = readFileSync(join(bullmq, 'classes', 'redis-queue-backend.js'), 'utf8');
  const called = new RegExp(`\\.${name}(?:Buffer)?\\(`);
  return called.test(wrapper) || ownSources.some((source) => called.test(source));
};
/** ioredis sends a script's hash, and these by itself: the database, and the name that BullMQ gives a connection. */
const ofIoredis = ['evalsha', 'select', 'client|setname'];
/** For the view of the queues, which counts workers by their connections. */
const ofQueueView = ['client|list'];
/** Called in the same words as in a script. */
const ofSentinels = ['sentinel'];

const listed = async () =>
  (await aclLine('ACL SETUSER pinwatch', 'x'))
    .filter((word) => /^\+/.test(word))
    .map((word) => word.slice(1));

/** Methods of a connection that are no command, or one that every user may use; those with subcommands are listed with them. */
const noCommands = [
  'on',
  'removeListener',
  'duplicate',
  'disconnect',
  'connect',
  'nodes',
  'pipeline',
  'defineCommand',
].concat(['refreshSlotsCache', 'call', 'pcall', 'cluster', 'client', 'sentinel', 'map', 'push', 'entries']);

test('the documented Redis user may do what is called directly', async () => {
  const allowed = await listed();
  const called = sourcesIn('redis', 'bullmq').flatMap((source) =>
    [...source.matchAll(/\b(?:redis|connection|node|step|batch)\.([a-z]+)(?:Buffer)?\(/g)].map(
      ([, name = '']) => name,
    ),
  );
  const others = new Set(called.filter((name) => !noCommands.includes(name) && !allowed.includes(name)));
  expect([...others]).toEqual([]);
});

test('the documented Redis user may do what the scripts do', async () => {
  const allowed = await listed();
  expect(inLua([...ownSources, ...bullSources]).filter((name) => !allowed.includes(name))).toEqual(
    ofSentinels,
  );
});

test('the documented Redis user may do nothing that is not needed', async () => {
  const needed = new Set([...inLua([...ownSources, ...bullSources]), ...ofIoredis, ...ofQueueView]);
  expect((await listed()).filter((name) => !needed.has(name) && !isCalled(name))).toEqual([]);
});
