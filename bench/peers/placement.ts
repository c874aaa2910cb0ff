/** Which process runs on which core: the measured ones have one that nothing else of the benchmark uses. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findTool } from '../../lab/child.ts';

export interface Placement {
  /** Null: one core, or no taskset. The processes then share what there is. */
  readonly measuredCore: number | null;
  /** The command that runs `program` on the measured core. */
  measured(program: string, args: readonly string[]): readonly [program: string, args: readonly string[]];
  /** Moves a running process with all its threads to the other cores. */
  moveAside(pid: number): void;
}

export function createPlacement(): Placement {
  const cores = coresIn(
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '',
  );
  const taskset = findTool('taskset');
  const core = cores.at(-1);
  if (taskset === undefined || core === undefined || cores.length < 2) {
    return { measuredCore: null, measured: (program, args) => [program, args], moveAside: () => {} };
  }
  const others = cores.slice(0, -1).join(',');
  return {
    measuredCore: core,
    measured: (program, args) => [taskset, ['--cpu-list', String(core), program, ...args]],
    moveAside(pid) {
      execFileSync(taskset, ['--all-tasks', '--cpu-list', '--pid', others, String(pid)], { stdio: 'ignore' });
    },
  };
}

/** `0-2,5`, as in proc_pid_status(5). */
export function coresIn(list: string): number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  );
}
