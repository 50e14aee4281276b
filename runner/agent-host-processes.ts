// Finds and kills what was started on a machine without PID namespaces: by a variable that every process inherits, and
// by descent. A process that drops its environment and its parents alike is not found; the process engine says so.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';

interface HostProcess {
  readonly pid: number;
  readonly parent: number;
  readonly marker: string | undefined;
}

/** One that has been killed may need a moment, one in uninterruptible sleep longer. */
const ROUNDS_MAX = 200;
const ROUND_MS = 10;

/**
 * Kills every process whose marker is `marker` or begins with `marker.`, and their descendants, until none is left.
 * Never this process itself. Resolves to whether all are gone.
 */
export async function killMarked(marker: string): Promise<boolean> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const doomed = marked(await hostProcesses(), marker);
    if (doomed.length === 0) return true;
    for (const pid of doomed) kill(pid);
    await sleep(ROUND_MS);
  }
  return false;
}

function marked(processes: readonly HostProcess[], marker: string): number[] {
  const doomed = new Set<number>();
  const isMarked = ({ marker: found }: HostProcess): boolean =>
    found !== undefined && (found === marker || found.startsWith(`${marker}.`));
  for (let before = -1; before !== doomed.size;) {
    before = doomed.size;
    for (const one of processes) if (isMarked(one) || doomed.has(one.parent)) doomed.add(one.pid);
  }
  doomed.delete(process.pid);
  return [...doomed];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between the look and the kill; the next round looks again.
  }
}

async function hostProcesses(): Promise<HostProcess[]> {
  if (process.platform === 'linux') return readdirSync('/proc').flatMap(linuxProcess);
  // BSD and macOS: -E shows the environment behind the command.
  const { stdout } = await promisify(execFile)('ps', ['-axwwE', '-o', 'pid=,ppid=,command='], { maxBuffer: 1 << 26 });
  return stdout.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s/.exec(line);
    if (found === null) return [];
    return [{ pid: Number(found[1]), parent: Number(found[2]), marker: markerIn(line.split(' ')) }];
  });
}

function linuxProcess(name: string): HostProcess[] {
  if (!/^\d+$/.test(name)) return [];
  try {
    const environment = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    // The command's name, in parentheses, may itself hold any character.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return [];
    return [{ pid: Number(name), parent: Number(parent), marker: markerIn(environment) }];
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function markerIn(environment: readonly string[]): string | undefined {
  const prefix = `${RUNNER_ENVIRONMENT.processMarker}=`;
  return environment.find((variable) => variable.startsWith(prefix))?.slice(prefix.length);
}
