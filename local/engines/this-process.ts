// Which process owns something that may outlive it: a process ID comes again, with the time of its start it does not.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A word that differs between any two processes that had this ID; undefined: there is no such process. */
export function startOfProcess(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The command's name, in parentheses, may itself hold any character.
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? undefined : rest[18];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).replace(/\W+/g, '_');
  } catch {
    return undefined;
  }
}
