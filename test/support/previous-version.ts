/** The version before this one, built from git: for tests of an upgrade. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);

export interface PreviousVersion {
  readonly commit: string;
  /** What Node.js runs. */
  readonly program: string;
  /** Its schema of the store. */
  readonly schema: number;
  remove(): Promise<void>;
}

/**
 * The commit that is asked for, else the newest release before this commit, else the commit before it; of a merge, that of
 * the branch that was merged into. A shallow clone is deepened by one commit. Rejects with the reason if there is none.
 */
export async function previousCommit(clone: string, asked?: string): Promise<string> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: clone })).stdout.trim();
  if (asked) return git('rev-parse', '--verify', `${asked}^{commit}`);
  const release = await git('describe', '--tags', '--match', 'v*', '--abbrev=0', 'HEAD^').catch(() => '');
  if (release !== '') return git('rev-parse', '--verify', `${release}^{commit}`);
  const parent = () => git('rev-parse', '--verify', '--quiet', 'HEAD^1^{commit}');
  try {
    return await parent();
  } catch {
    await git('fetch', '--quiet', '--deepen=1').catch(({ stderr }: { stderr?: string }) => {
      throw new Error(
        `no commit before this one: not a git clone, or a shallow one that can't be deepened (${stderr?.trim()}); set PINWATCH_UPGRADE_FROM, or clone with more depth`,
      );
    });
    return parent();
  }
}

/** Builds it in a temporary folder; nothing is left in git. `clone`: the checkout; default: the one that this file is in. */
export async function buildPrevious(clone = root): Promise<PreviousVersion> {
  const commit = await previousCommit(clone, process.env.PINWATCH_UPGRADE_FROM);
  const folder = await mkdtemp(join(tmpdir(), 'pinwatch-previous-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const archive = join(folder, 'tree.tar');
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await run('git', ['archive', '--output', archive, commit], { cwd: clone });
    await run('tar', ['-xf', archive, '-C', tree]);
    const locks = await Promise.all(
      [tree, clone].map((place) => readFile(join(place, 'package-lock.json'), 'utf8')),
    );
    // The same packages need not be installed again.
    if (locks[0] === locks[1]) await symlink(join(clone, 'node_modules'), join(tree, 'node_modules'));
    else await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: tree });
    const project = { extends: './tsconfig.build.json', include: ['src', 'verify/typescript/src'] };
    await writeFile(join(tree, 'tsconfig.previous.json'), JSON.stringify(project));
    await run(join(tree, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.previous.json'], { cwd: tree });
    const source = await readFile(join(tree, 'src', 'core', 'store-schema.ts'), 'utf8');
    const schema = Number(/^export const storeSchema = (\d+);$/m.exec(source)?.[1]);
    return { commit, program: join(tree, 'dist', 'src', 'main.js'), schema, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
