// What a process has used of this machine, from /proc (proc(5)); Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places of fields behind the command's name. */
const PARENT = 1;
const UTIME = 11;

/** CPU seconds of a process and of those of its descendants that have ended and been waited for. */
export function cpuSeconds(pid: number): number {
  const ticks = (statOf(pid) ?? []).slice(UTIME, UTIME + 4).reduce((sum, field) => sum + Number(field), 0);
  return ticks / TICKS_PER_SECOND;
}

/** A process and all its descendants that live. */
export function processTree(root: number): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [Number(pid), Number(statOf(Number(pid))?.[PARENT])]));
  const tree = [root];
  // It grows while it is walked.
  for (const parent of tree) for (const [pid, of] of parents) if (of === parent) tree.push(pid);
  return tree;
}

export function cpuSecondsOfTree(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Of a process that has ended: 0. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(kib ?? 0) / 1024;
}

function statOf(pid: number): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name, in brackets, may hold spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it has just ended
  }
}
