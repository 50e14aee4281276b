// A disk that is really full: the engine's volumes on a file system of a few megabytes. The engine must see the mounts of
// this program, as the one of the suites does.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Runs something while new volumes are on a file system of that size; those that were there before come back after it. */
export async function withSmallVolumes<T>(sizeMiB: number, run: () => Promise<T>): Promise<T> {
  const root = execFileSync('docker', ['info', '-f', '{{.DockerRootDir}}'], { encoding: 'utf8' }).trim();
  const volumes = path.join(root, 'volumes');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0701`, 'tmpfs', volumes]);
  try {
    return await run();
  } finally {
    execFileSync('umount', ['--lazy', volumes]);
  }
}
