// What a process has used of this machine, from /proc (proc(5)); Linux only.
import { readFileSync } from 'node:fs';

/** sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const UTIME = 13;

/** CPU seconds of a process and of those of its descendants that have ended and been waited for. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name, in brackets, may hold spaces; two fields stand before its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const from = UTIME - 2;
  const ticks = fields.slice(from, from + 4).reduce((sum, field) => sum + Number(field), 0);
  return ticks / TICKS_PER_SECOND;
}

export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}
