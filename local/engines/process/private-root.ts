// The file system that an isolated task sees: the host's, with the task's own volumes at the places that the protocol
// promises. The host's `/` may be read-only or not ours, so the task gets a new one into which every top-level folder of
// the host is bound; `mount --all` does it with one process.
import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { CONTROL_PATH_IN_STEPS, JOB_PATH, REPOSITORY_PATH_IN_STEPS } from '#jobs/task-definition.ts';
import type { TaskFolder } from './task-folder.ts';

/** HOME of every container: its own. */
export const HOME_PATH = '/step-home';
/** The containers' homes and temporary files as the task sees them; steps do not. */
const CONTAINERS_PATH = '/step-containers';
const OWN = [JOB_PATH, CONTROL_PATH_IN_STEPS, REPOSITORY_PATH_IN_STEPS, HOME_PATH, CONTAINERS_PATH];

/** Makes the new root's folders; returns the task's mount table (fstab). */
export function makePrivateRoot(folder: TaskFolder): string {
  const inside = (place: string): string => path.join(folder.newRoot, place);
  mkdirSync(folder.newRoot);
  const hosts: string[] = [];
  for (const name of readdirSync('/')) {
    const place = `/${name}`;
    if (OWN.includes(place)) continue;
    const found = lstatSync(place);
    if (found.isSymbolicLink()) symlinkSync(readlinkSync(place), inside(place));
    if (found.isDirectory()) {
      mkdirSync(inside(place));
      hosts.push(place);
    }
  }
  for (const place of OWN) mkdirSync(inside(place));
  // Only a repository covers the host's /work: steps' programs may be there.
  const work = lstatSync(REPOSITORY_PATH_IN_STEPS, { throwIfNoEntry: false })?.isDirectory()
    ? [REPOSITORY_PATH_IN_STEPS]
    : [];
  return [
    mount(folder.newRoot, folder.newRoot, 'bind'),
    ...[...hosts, ...work].map((place) => mount(place, inside(place), 'rbind')),
    mount(folder.job, inside(JOB_PATH), 'bind'),
    mount(path.join(folder.root, 'control'), inside(CONTROL_PATH_IN_STEPS), 'bind'),
    mount(path.join(folder.root, 'containers'), inside(CONTAINERS_PATH), 'bind'),
  ].join('');
}

/**
 * A step container's own mount table, applied in a mount namespace of its own: nothing of another container, nor of
 * another task (they are all under `stateFolder`).
 */
export function stepMounts(container: string, stateFolder: string, repository: boolean): string {
  const own = path.join(CONTAINERS_PATH, container);
  return [
    mount('tmpfs', stateFolder, 'size=4k,mode=755', 'tmpfs'),
    ...(repository ? [mount(path.join(JOB_PATH, 'repository'), REPOSITORY_PATH_IN_STEPS, 'bind')] : []),
    mount(path.join(own, 'home'), HOME_PATH, 'bind'),
    mount(path.join(own, 'tmp'), '/tmp', 'bind'),
    mount(path.join(CONTROL_PATH_IN_STEPS, container), CONTROL_PATH_IN_STEPS, 'bind'),
    mount('tmpfs', CONTAINERS_PATH, 'size=4k,mode=755', 'tmpfs'),
  ].join('');
}

function mount(from: string, to: string, options: string, type = 'none'): string {
  return `${escape(from)} ${escape(to)} ${type} ${options} 0 0\n`;
}

/** As fstab(5) wants white space. */
function escape(place: string): string {
  return place.replace(/[\s\\#]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
