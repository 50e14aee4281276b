// The step containers of a task in a PID and a mount namespace of their own, with one more of each for every container. The
// kernel then promises what no process walk can: when the task's PID 1 ends, or this program dies however it dies,
// everything that the task ever started is dead. As a user other than root this needs user namespaces.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { TaskEnd } from '#local/engines/running-task.ts';
import { shellQuote } from '#runner/agent-program.ts';
import { HOME_PATH, makePrivateRoot, stepMounts } from './private-root.ts';
import { type ContainerGroup, type ContainerProcess, stoppedContainers, type TaskProcesses } from './task-processes.ts';
import { makeTaskFolder, type TaskFolder } from './task-folder.ts';

/** File descriptor on which the task's PID 1 reports. */
const REPORTS = 3;
/** One that nobody writes to, and that ends with this program, however early that is. */
const LIFE = 4;
const PROBED = 42;
const NEW_NAMESPACES = 'unshare --mount --pid --fork --kill-child';

const isRoot = (): boolean => process.getuid?.() === 0;

/** A command that becomes `argv` and is killed when this program dies. */
export const dyingWithProgram = (argv: readonly string[]): readonly string[] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  ...argv,
];

/** Starts the containers. `stateFolder` holds every task's folder. Rejects when the folder cannot be written. */
export async function startIsolated(
  folder: TaskFolder,
  stateFolder: string,
  task: TaskProcesses,
): Promise<ContainerGroup> {
  const { mounts, links } = makePrivateRoot(folder);
  await writeFile(path.join(folder.root, 'mounts'), mounts);
  for (const { name } of task.containers) {
    await writeFile(
      mountsOf(folder, name),
      stepMounts(name, stateFolder, task.repository, task.environment['PATH'] ?? ''),
    );
  }
  const script = path.join(folder.root, 'task.sh');
  // In a file, not an argument: its environment settings are for nobody else.
  await writeFile(script, taskScript(folder, links, task), { mode: 0o600 });
  const user = isRoot() ? [] : ['--user', '--map-root-user'];
  const [unshare = '', ...namespaces] = NEW_NAMESPACES.split(' ');
  // The parent's death kills unshare, whose death kills the task's PID 1, whose death kills all the rest.
  const [program = '', ...rest] = dyingWithProgram([unshare, ...user, ...namespaces, '/bin/sh', script]);
  const child = spawn(program, rest, {
    cwd: '/',
    // A session of its own: Ctrl-C at the terminal is for this program alone, which lets its jobs finish.
    detached: true,
    env: { ...task.environment, HOME: HOME_PATH },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  return watch(child, task);
}

const mountsOf = (folder: TaskFolder, name: string): string => path.join(folder.root, 'containers', `${name}.mounts`);

function watch(child: ChildProcess, task: TaskProcesses): ContainerGroup {
  const exitCodes = new Map<string, number>();
  const init = Promise.withResolvers<number | undefined>();
  const namespaces = init.promise.then((pid) => (pid === undefined ? undefined : openNamespaces(pid)));
  let failure: string | undefined;
  createInterface({ input: child.stdio[REPORTS] as Readable }).on('line', (line) => {
    const [verb, given = '', code = ''] = line.split(' ');
    if (verb === 'init') init.resolve(Number(given));
    if (verb === 'ended') exitCodes.set(given, Number(code));
    if (verb === 'failed') failure = line.slice('failed '.length);
  });
  const ended = new Promise<TaskEnd>((resolve) => {
    const end = (): void => {
      init.resolve(undefined);
      void namespaces.then((open) => open?.close());
      resolve(failure === undefined ? { containers: stoppedContainers(task, exitCodes) } : { containers: [], failure });
    };
    child.on('error', (error) => {
      failure = error.message;
      end();
    });
    // The kernel reports the end of a PID namespace's init only after all the others in it are gone.
    child.on('close', end);
  });
  return {
    launcher: namespaces.then((open) => open?.launcher),
    ended,
    kill: () =>
      void init.promise.then((pid) => {
        if (pid !== undefined && child.exitCode === null && child.signalCode === null) killProcess(pid);
      }),
  };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, and its parent's end is about to be told.
  }
}

/** Holds the namespaces open by file descriptors: a process ID may come to mean another process. */
function openNamespaces(pid: number): { readonly launcher: readonly string[]; close(): void } | undefined {
  const opened: number[] = [];
  const close = (): void => opened.forEach((fd) => closeSync(fd));
  try {
    const options = (isRoot() ? ['pid'] : ['user', 'pid']).map((name) => {
      const fd = openSync(`/proc/${pid}/ns/${name}`, 'r');
      opened.push(fd);
      return `--${name}=/proc/${process.pid}/fd/${fd}`;
    });
    return { launcher: ['nsenter', ...(isRoot() ? [] : ['--preserve-credentials']), ...options], close };
  } catch {
    // It has ended already.
    close();
    return undefined;
  }
}

/**
 * What PID 1 does: makes the file system, starts the containers, waits, and ends. The containers are one pipeline, since
 * a shell makes all that it starts with `&` ignore SIGINT, for good; nothing flows through the pipes.
 */
function taskScript(folder: TaskFolder, links: string, task: TaskProcesses): string {
  const members = task.containers.map((_, index) => `container_${index} </dev/null`);
  const end = [...(members.length === 0 ? [] : [members.join(' | ')]), ...(task.stays ? ['wait'] : [])];
  return `
report_pid() { read -r pid rest </proc/self/stat; echo "$1 $pid" >&${REPORTS}; }
fail() { echo "failed $1" >&${REPORTS}; exit 1; }
report_pid init
mount -n -a -T ${shellQuote(path.join(folder.root, 'mounts'))} && ${links} || fail 'the mounts of the task'
cd ${shellQuote(folder.newRoot)} && pivot_root . . && umount -l . && cd / && unset OLDPWD || fail 'the root folder of the task'
${task.containers.map((container, index) => `container_${index}() {\n${containerScript(folder, container)}\n}`).join('\n')}
# A parent that dies before its child has asked to die with it kills nobody; the end of a pipe cannot be missed.
die_with_program() { read -r never <&${LIFE}; kill -9 -1; }
die_with_program &
${end.join('\n')}
`;
}

function containerScript(folder: TaskFolder, { name, command, environment }: ContainerProcess): string {
  const exports = Object.entries(environment).map(([variable, value]) => `export ${variable}=${shellQuote(value)}`);
  return [
    '(',
    `exec >/dev/null ${REPORTS}>&- ${LIFE}<&-`,
    ...exports,
    `exec ${NEW_NAMESPACES} --mount-proc /bin/sh -c 'mount -n -a -T "$0" && exec "$@"' ${shellQuote(mountsOf(folder, name))} ${command.map(shellQuote).join(' ')}`,
    ')',
    `echo "ended ${name} $?" >&${REPORTS}`,
  ].join('\n');
}

/** Whether this machine lets this user do all that; really tried, since a kernel has many ways to forbid it. */
export async function canIsolate(folder: TaskFolder, environment: Readonly<Record<string, string>>): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const probe = 'probe';
  const isInit = { name: probe, command: ['/bin/sh', '-c', `[ $$ = 1 ] && exit ${PROBED}`], environment: {} };
  await makeTaskFolder(folder, [probe], false);
  const group = await startIsolated(folder, path.dirname(folder.root), {
    containers: [isInit],
    environment,
    repository: false,
    stays: false,
  });
  return (await group.ended).containers.some(({ exitCode }) => exitCode === PROBED);
}
