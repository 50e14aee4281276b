// A task in a PID and a mount namespace of its own, with one more of each for every step container. The kernel then
// promises what no process walk can: when the task's PID 1 ends, or this program dies however it dies, everything that
// the task ever started is dead. As a user other than root this needs user namespaces.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { RunningTask, TaskEnd } from '#local/engines/running-task.ts';
import { shellQuote } from '#runner/agent-program.ts';
import { HOME_PATH, makePrivateRoot, stepMounts } from './private-root.ts';
import { type ContainerProcess, stoppedContainers, type TaskProcesses } from './task-processes.ts';
import { makeTaskFolder, type TaskFolder } from './task-folder.ts';

/** File descriptor on which the task's PID 1 reports. */
const REPORTS = 3;
const PROBED = 42;
const NEW_NAMESPACES = 'unshare --mount --pid --fork --kill-child';

/** Starts the containers. `stateFolder` holds every task's folder. Rejects when the folder cannot be written. */
export async function startIsolated(
  folder: TaskFolder,
  stateFolder: string,
  task: TaskProcesses,
): Promise<RunningTask> {
  await writeFile(path.join(folder.root, 'mounts'), makePrivateRoot(folder));
  for (const { name } of task.containers) {
    if (name === task.essential) continue;
    await writeFile(mountsOf(folder, name), stepMounts(name, stateFolder, task.repository));
  }
  const script = path.join(folder.root, 'task.sh');
  // In a file, not an argument: its environment settings are for nobody else.
  await writeFile(script, taskScript(folder, task), { mode: 0o600 });
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const [unshare = '', ...namespaces] = NEW_NAMESPACES.split(' ');
  // The parent's death kills unshare, whose death kills the task's PID 1, whose death kills all the rest.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', unshare, ...user, ...namespaces, '/bin/sh', script], {
    cwd: '/',
    // A session of its own: Ctrl-C at the terminal is for this program alone, which lets its jobs finish.
    detached: true,
    env: { ...task.environment, HOME: HOME_PATH },
    stdio: ['ignore', task.output, task.output, 'pipe'],
  });
  return watch(child, task);
}

const mountsOf = (folder: TaskFolder, name: string): string => path.join(folder.root, 'containers', `${name}.mounts`);

function watch(child: ChildProcess, task: TaskProcesses): RunningTask {
  const exitCodes = new Map<string, number>();
  const init = Promise.withResolvers<number | undefined>();
  const essential = Promise.withResolvers<number | undefined>();
  let failure: string | undefined;
  createInterface({ input: child.stdio[REPORTS] as Readable }).on('line', (line) => {
    const [verb, given = '', code = ''] = line.split(' ');
    if (verb === 'init') init.resolve(Number(given));
    if (verb === 'essential') essential.resolve(Number(given));
    if (verb === 'ended') exitCodes.set(given, Number(code));
    if (verb === 'failed') failure = line.slice('failed '.length);
  });
  const ended = new Promise<TaskEnd>((resolve) => {
    const end = (): void => {
      init.resolve(undefined);
      essential.resolve(undefined);
      resolve(failure === undefined ? { containers: stoppedContainers(task, exitCodes) } : { containers: [], failure });
    };
    child.on('error', (error) => {
      failure = error.message;
      end();
    });
    // The kernel reports the end of a PID namespace's init only after all the others in it are gone.
    child.on('close', end);
  });
  const signal = (to: Promise<number | undefined>, name: NodeJS.Signals): void => {
    void to.then((pid) => {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) signalProcess(pid, name);
    });
  };
  return { ended, terminate: () => signal(essential.promise, 'SIGTERM'), kill: () => signal(init.promise, 'SIGKILL') };
}

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended, and its parent's end is about to be told.
  }
}

/**
 * What PID 1 does: makes the file system, starts the containers, waits, and ends. The containers are one pipeline, since
 * a shell makes all that it starts with `&` ignore SIGINT, for good; nothing flows through the pipes.
 */
function taskScript(folder: TaskFolder, task: TaskProcesses): string {
  return `
report_pid() { read -r pid rest </proc/self/stat; echo "$1 $pid" >&${REPORTS}; }
fail() { echo "failed $1" >&${REPORTS}; exit 1; }
report_pid init
mount -n -a -T ${shellQuote(path.join(folder.root, 'mounts'))} || fail 'the mounts of the task'
cd ${shellQuote(folder.newRoot)} && pivot_root . . && umount -l . && cd / && unset OLDPWD || fail 'the root folder of the task'
${task.containers.map((container, index) => `container_${index}() {\n${containerScript(folder, task, container)}\n}`).join('\n')}
# The shells' own words about what they see killed are for nobody.
exec 4>&1 5>&2 2>/dev/null
${task.containers.map((_, index) => `container_${index} </dev/null >&4`).join(' | ')}
`;
}

function containerScript(folder: TaskFolder, task: TaskProcesses, container: ContainerProcess): string {
  const isEssential = container.name === task.essential;
  const exports = Object.entries(container.environment).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  const inside = `${NEW_NAMESPACES} --mount-proc /bin/sh -c 'mount -n -a -T "$0" && exec "$@"' ${shellQuote(mountsOf(folder, container.name))} `;
  return [
    '(',
    ...(isEssential ? ['report_pid essential', 'exec 2>&5'] : ['exec >/dev/null']),
    `exec ${REPORTS}>&- 4>&- 5>&-`,
    ...exports,
    `exec ${isEssential ? '' : inside}${container.command.map(shellQuote).join(' ')}`,
    ')',
    `echo "ended ${container.name} $?" >&${REPORTS}`,
    // Everything but PID 1 and this shell itself, the last ones then.
    ...(isEssential ? ['kill -9 -1'] : []),
  ].join('\n');
}

/** Whether this machine lets this user do all that; really tried, since a kernel has many ways to forbid it. */
export async function canIsolate(folder: TaskFolder, environment: Readonly<Record<string, string>>): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const probe = 'probe';
  const isInit = { name: probe, command: ['/bin/sh', '-c', `[ $$ = 1 ] && exit ${PROBED}`], environment: {} };
  await makeTaskFolder(folder, [RUNNER_CONTAINER, probe], false);
  const task = await startIsolated(folder, path.dirname(folder.root), {
    containers: [isInit],
    environment,
    repository: false,
    output: 'ignore',
  });
  return (await task.ended).containers.some(({ exitCode }) => exitCode === PROBED);
}
