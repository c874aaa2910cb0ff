/** CPU time from /proc, in milliseconds. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of a process and its threads, to the nanosecond: the first field of each thread's schedstat. */
export function cpuMsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((thread) =>
    Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, of) => sum + of, 0) / 1e6;
}

/** Of the children that have ended, in ticks of 10 ms: cutime and cstime of proc_pid_stat(5). */
export function childrenCpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may contain spaces; cutime is the 16th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
