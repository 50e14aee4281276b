// The file system that an isolated task sees: the host's, with the task's own volumes at the places that the protocol
// promises. The host's `/` may be read-only or not ours, so the task gets a new one into which every top-level folder of
// the host is bound; `mount --all` does it with one process.
import { mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { CONTROL_PATH_IN_STEPS, JOB_PATH, REPOSITORY_PATH_IN_STEPS } from '#jobs/task-definition.ts';
import { shellQuote } from '#runner/agent-program.ts';
import type { TaskFolder } from './task-folder.ts';

/** HOME of every container: its own. */
export const HOME_PATH = '/step-home';
/** The containers' homes and temporary files as the task sees them; steps do not. */
const CONTAINERS_PATH = '/step-containers';
/** An option of util-linux's mount: the folder to mount on is made. */
const MAKE_PLACE = 'X-mount.mkdir=0755';
const PROCESSES_PATH = '/proc';
const TEMPORARY = '/tmp';
const OWN = [JOB_PATH, CONTROL_PATH_IN_STEPS, REPOSITORY_PATH_IN_STEPS, HOME_PATH, CONTAINERS_PATH];

export interface PrivateRoot {
  /** The task's mount table (fstab). */
  readonly mounts: string;
  /** A shell command that makes the host's top-level links, once all is mounted. */
  readonly links: string;
}

/**
 * The new root is in memory: a disk would have to make and to remove some thirty folders for each task. What steps write
 * directly into it is theirs alone, and small.
 */
export function makePrivateRoot(folder: TaskFolder): PrivateRoot {
  const inside = (place: string): string => path.join(folder.newRoot, place);
  mkdirSync(folder.newRoot);
  const hosts: string[] = [];
  const links: string[] = [];
  for (const found of readdirSync('/', { withFileTypes: true })) {
    const place = `/${found.name}`;
    if (OWN.includes(place) || place === PROCESSES_PATH) continue;
    if (found.isDirectory()) hosts.push(place);
    else if (found.isSymbolicLink() && isFolder(place)) links.push(place);
  }
  // Only a repository covers the host's /work: steps' programs may be there.
  if (isFolder(REPOSITORY_PATH_IN_STEPS)) hosts.push(REPOSITORY_PATH_IN_STEPS);
  return {
    mounts: [
      mount('tmpfs', folder.newRoot, 'size=1g,mode=755', 'tmpfs'),
      // Of this PID namespace: a step that uncovers it sees its own task, not the processes of other jobs.
      mount('proc', inside(PROCESSES_PATH), `nosuid,nodev,noexec,${MAKE_PLACE}`, 'proc'),
      ...hosts.map((place) => mount(place, inside(place), `rbind,${MAKE_PLACE}`)),
      mount(folder.job, inside(JOB_PATH), `bind,${MAKE_PLACE}`),
      mount(path.join(folder.root, 'control'), inside(CONTROL_PATH_IN_STEPS), `bind,${MAKE_PLACE}`),
      mount(path.join(folder.root, 'containers'), inside(CONTAINERS_PATH), `bind,${MAKE_PLACE}`),
    ].join(''),
    links: makeLinks(links, folder.newRoot),
  };
}

const isFolder = (place: string): boolean => statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/** One `ln` makes all links that have their target's name, as those of a merged /usr have. */
function makeLinks(links: readonly string[], newRoot: string): string {
  const targets = new Map(links.map((link) => [link, readlinkSync(link)]));
  const alike = [...targets].filter(([link, target]) => path.basename(link) === path.basename(target));
  const others = [...targets].filter(([link, target]) => path.basename(link) !== path.basename(target));
  const commands = [
    ...(alike.length === 0 ? [] : [[...alike.map(([, target]) => target), `${newRoot}/`]]),
    ...others.map(([link, target]) => [target, path.join(newRoot, link)]),
  ];
  return ['true', ...commands.map((words) => `ln -s -- ${words.map(shellQuote).join(' ')}`)].join(' && ');
}

/**
 * A step container's own mount table, applied in a mount namespace of its own: nothing of another container, nor of
 * another task (they are all under `stateFolder`).
 */
export function stepMounts(container: string, stateFolder: string, repository: boolean, searchPath: string): string {
  const own = path.join(CONTAINERS_PATH, container);
  const temporary = path.join(own, 'tmp');
  return [
    // Before they are out of sight.
    ...programFolders(searchPath, stateFolder).map((folder) =>
      mount(folder, path.join(temporary, path.relative(TEMPORARY, folder)), `bind,${MAKE_PLACE}`),
    ),
    mount('tmpfs', stateFolder, 'size=4k,mode=755', 'tmpfs'),
    ...(repository ? [mount(path.join(JOB_PATH, 'repository'), REPOSITORY_PATH_IN_STEPS, `bind,${MAKE_PLACE}`)] : []),
    mount(path.join(own, 'home'), HOME_PATH, `bind,${MAKE_PLACE}`),
    mount(temporary, TEMPORARY, 'rbind'),
    mount(path.join(CONTROL_PATH_IN_STEPS, container), CONTROL_PATH_IN_STEPS, 'bind'),
    mount('tmpfs', CONTAINERS_PATH, 'size=4k,mode=755', 'tmpfs'),
  ].join('');
}

/** Folders of PATH that a step's own temporary folder would hide. */
function programFolders(searchPath: string, stateFolder: string): readonly string[] {
  return [...new Set(searchPath.split(path.delimiter).map((folder) => path.resolve('/', folder)))].filter(
    (folder) => folder.startsWith(`${TEMPORARY}/`) && !`${folder}/`.startsWith(`${stateFolder}/`) && isFolder(folder),
  );
}

function mount(from: string, to: string, options: string, type = 'none'): string {
  return `${escape(from)} ${escape(to)} ${type} ${options} 0 0\n`;
}

/** As fstab(5) wants white space. */
function escape(place: string): string {
  return place.replace(/[\s\\#]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
